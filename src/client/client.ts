import { type CallbackMethods, createCallbackMethods } from './callback-methods.ts';
import {
	isHealth,
	isTask,
	isTaskBatchResults,
	isTaskEvents,
	isTaskList,
	isTaskOf,
	isTaskTypes,
	parseBody,
} from './parse-body.ts';
import { type Runtime, SYSTEM_RUNTIME } from './runtime.ts';
import { isRepeatedConflict } from './task-api-error.ts';
import {
	type AnyTaskTypeName,
	type BatchedTask,
	type Health,
	isFinished,
	type NewTaskOf,
	type Task,
	type TaskBatchResult,
	type TaskEvent,
	type TaskFilter,
	type TaskList,
	type TaskOf,
	type TaskType,
} from './task-types.ts';
import { type ApiRequest, createTransport, type TransportOptions } from './transport.ts';
import { createTaskWaiter, type WaitForTask } from './wait.ts';

/** Options of {@link createClient}. */
export type ClientOptions = TransportOptions;

/** Options of every method. */
export interface CallOptions {
	/** Ends the call with the signal's reason. */
	readonly signal?: AbortSignal | undefined;
}

/** Options of methods that create tasks. */
export interface CreateOptions extends CallOptions {
	/** Repeated calls with the same key and request return the same task. Default: a new key for each call. */
	readonly idempotencyKey?: string | undefined;
	/** Returns the finished task if it finishes within this time, at most 25 s. */
	readonly holdSeconds?: number | undefined;
}

/** A task, or its id. */
export type TaskReference = string | { readonly task_id: string };

/** Methods of the client. Each rejects with a `TaskApiError`, or with the reason of an aborted signal. */
export interface TaskClient extends CallbackMethods {
	/** Creates a task. Network retries are safe: they have the same idempotency key. */
	create<Type extends AnyTaskTypeName>(task: NewTaskOf<Type>, options?: CreateOptions): Promise<TaskOf<Type>>;

	/** Creates up to 100 tasks. The results are in the order of the tasks; each is accepted or rejected on its own. */
	createBatch(tasks: readonly BatchedTask[], options?: CreateOptions): Promise<readonly TaskBatchResult[]>;

	/** Reads a task. */
	get(task: TaskReference, options?: CallOptions): Promise<Task>;

	/** Iterates over the tasks that match a filter, newest first, and reads pages as it goes. */
	list(filter?: TaskFilter, options?: CallOptions): AsyncGenerator<Task, void, undefined>;

	/** Reads one page of a list, for user interfaces with pages. */
	listPage(filter?: TaskFilter & { readonly cursor?: string }, options?: CallOptions): Promise<TaskList>;

	/**
	 * Polls a task until it has finished, and resolves to it whether it succeeded or not. It polls by `Retry-After` and
	 * `ETag`, so that it costs few requests.
	 */
	readonly wait: WaitForTask;

	/** Requests the cancellation of a task. It ends as `ABORTED` unless it finishes before. */
	cancel(
		task: TaskReference,
		options?: CallOptions & { readonly reason?: string | undefined },
	): Promise<Task>;

	/** Resumes a failed task in the state that failed. */
	redrive(task: TaskReference, options?: CallOptions): Promise<Task>;

	/** Creates a new task with the type, data and tags of a finished one. */
	rerun(task: TaskReference, options?: CreateOptions): Promise<Task>;

	/** Reads the result of a succeeded task, of any size: a `result` above 200 KiB is not in the task itself. */
	result(task: TaskReference, options?: CallOptions): Promise<unknown>;

	/** Iterates over the visits to states, in the order of entry. */
	events(task: TaskReference, options?: CallOptions): AsyncGenerator<TaskEvent, void, undefined>;

	/** Lists the task types with their JSON Schemas and state machines. */
	types(options?: CallOptions): Promise<readonly TaskType[]>;

	/** Reads the status and the version of the service. */
	health(options?: CallOptions): Promise<Health>;
}

/** Page size of `events`, the maximum of the API. */
const EVENTS_PER_PAGE = 1000;

/** Creates a client of the API. The second argument replaces clock, randomness and ids in tests. */
export function createClient(options: ClientOptions, runtime: Runtime = SYSTEM_RUNTIME): TaskClient {
	const send = createTransport(options, runtime);
	const waiter = createTaskWaiter(send, runtime);

	const postForTask = async (request: Omit<ApiRequest, 'method'>): Promise<Task> =>
		waiter.remember(await send({ method: 'POST', ...request }), isTask);

	const get: TaskClient['get'] = async (task, { signal } = {}) =>
		waiter.remember(await send({ method: 'GET', path: pathOf(task), signal }), isTask);

	/** Repeats a change of status; a conflict after a lost response means that the first request was processed. */
	const changeStatus = async (
		task: TaskReference,
		request: Omit<ApiRequest, 'method'>,
		isApplied: (task: Task) => boolean,
	): Promise<Task> => {
		try {
			return await postForTask(request);
		} catch (error) {
			if (!isRepeatedConflict(error)) throw error;
			const current = await get(task, { signal: request.signal });
			if (isApplied(current)) return current;
			throw error;
		}
	};

	const creationHeaders = ({ idempotencyKey = runtime.createKey(), holdSeconds }: CreateOptions) => ({
		'idempotency-key': `"${idempotencyKey}"`,
		...(holdSeconds === undefined ? {} : { prefer: `wait=${holdSeconds}` }),
	});

	const listPage: TaskClient['listPage'] = async (filter = {}, { signal } = {}) =>
		parseBody(await send({ method: 'GET', path: `/v1/tasks${queryOf(filter)}`, signal }), isTaskList);

	return {
		...createCallbackMethods(send),
		get,
		listPage,
		wait: waiter.wait,

		async create<Type extends AnyTaskTypeName>(task: NewTaskOf<Type>, callOptions: CreateOptions = {}) {
			const response = await send({
				method: 'POST',
				path: '/v1/tasks',
				headers: creationHeaders(callOptions),
				body: task,
				signal: callOptions.signal,
			});
			return waiter.remember(response, isTaskOf<Type>(task.type));
		},

		async createBatch(tasks, callOptions = {}) {
			const response = await send({
				method: 'POST',
				path: '/v1/tasks/batch',
				headers: creationHeaders(callOptions),
				body: { tasks },
				signal: callOptions.signal,
			});
			return parseBody(response, isTaskBatchResults).results;
		},

		async *list(filter = {}, callOptions = {}) {
			let page = await listPage(filter, callOptions);
			for (;;) {
				yield* page.tasks;
				if (page.next_cursor === undefined) return;
				page = await listPage({ ...filter, cursor: page.next_cursor }, callOptions);
			}
		},

		cancel: async (task, { reason, signal } = {}) =>
			changeStatus(
				task,
				{ path: `${pathOf(task)}/cancel`, body: reason === undefined ? {} : { reason }, signal },
				({ status }) => status === 'ABORTED',
			),

		redrive: async (task, { signal } = {}) =>
			changeStatus(task, { path: `${pathOf(task)}/redrive`, signal }, (current) => !isFinished(current)),

		rerun: async (task, callOptions = {}) =>
			postForTask({
				path: `${pathOf(task)}/rerun`,
				headers: creationHeaders(callOptions),
				signal: callOptions.signal,
			}),

		async result(task, { signal } = {}) {
			return (await send({ method: 'GET', path: `${pathOf(task)}/result`, signal })).body;
		},

		async *events(task, { signal } = {}) {
			for (let cursor: string | undefined; ; ) {
				const query = queryOf({ limit: EVENTS_PER_PAGE, cursor });
				const response = await send({ method: 'GET', path: `${pathOf(task)}/events${query}`, signal });
				const page = parseBody(response, isTaskEvents);
				yield* page.events;
				cursor = page.next_cursor;
				if (cursor === undefined) return;
			}
		},

		types: async ({ signal } = {}) =>
			parseBody(await send({ method: 'GET', path: '/v1/types', signal }), isTaskTypes).types,

		health: async ({ signal } = {}) =>
			parseBody(await send({ method: 'GET', path: '/v1/health', signal }), isHealth),
	};
}

function pathOf(task: TaskReference): string {
	return `/v1/tasks/${encodeURIComponent(typeof task === 'string' ? task : task.task_id)}`;
}

function queryOf(parameters: Readonly<Record<string, string | number | undefined>>): string {
	const query = new URLSearchParams();
	for (const [name, value] of Object.entries(parameters))
		if (value !== undefined) query.set(name, String(value));
	return query.size === 0 ? '' : `?${query}`;
}
