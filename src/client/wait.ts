import { isTask, isTaskOf, parseBody } from './parse-body.ts';
import type { Runtime } from './runtime.ts';
import { TaskApiError } from './task-api-error.ts';
import { type AnyTaskTypeName, isFinished, type Task, type TaskOf } from './task-types.ts';
import { type ApiResponse, parseRetryAfter, type Transport } from './transport.ts';

/** Options of `wait`. */
export interface WaitOptions {
	/** Receives the task at first and after each change: of its status, progress or callback. */
	readonly onProgress?: (task: Task) => void;
	/** Rejects with the code `wait-timeout` once this time is over. Default: no limit. The task itself goes on. */
	readonly timeoutMs?: number;
	/**
	 * Lets the API hold each request for up to this time, at most 25 s, so that changes are seen at once. It costs more
	 * than polling; use it where a person is waiting.
	 */
	readonly holdSeconds?: number;
	/** Ends the wait with the signal's reason. The task itself goes on. */
	readonly signal?: AbortSignal | undefined;
}

/** A task to wait for: its id, or the task itself, which determines the type of the result. */
export interface WaitForTask {
	(taskId: string, options?: WaitOptions): Promise<Task>;
	<Type extends AnyTaskTypeName>(
		task: { readonly task_id: string; readonly type: Type },
		options?: WaitOptions,
	): Promise<TaskOf<Type>>;
}

/** The headers of the latest response about a task. */
interface Poll {
	readonly etag: string | undefined;
	/** When `Retry-After` allows the next request. */
	readonly nextAtMs: number;
}

const MAX_HOLD_SECONDS = 25;

/** Creates the method `wait`, and `remember`, which lets the first poll of a task obey the response it came from. */
export function createTaskWaiter(send: Transport, { now, sleep }: Pick<Runtime, 'now' | 'sleep'>) {
	const polls = new WeakMap<object, Poll>();

	const pollOf = ({ headers }: ApiResponse): Poll => {
		// A held response has waited already.
		const retryAfterSeconds = headers.has('preference-applied') ? 0 : parseRetryAfter(headers, now());
		return { etag: headers.get('etag') ?? undefined, nextAtMs: now() + 1000 * (retryAfterSeconds ?? 0) };
	};

	/** Parses the task of a response and keeps its headers. @throws {@link TaskApiError} if it is no task. */
	const remember = <Found extends Task>(
		response: ApiResponse,
		guard: (body: unknown) => body is Found,
	): Found => {
		const task = parseBody(response, guard);
		polls.set(task, pollOf(response));
		return task;
	};

	const read = async (
		taskId: string,
		poll: Poll | undefined,
		{ holdSeconds = 0, signal }: WaitOptions,
	): Promise<ApiResponse> =>
		send({
			method: 'GET',
			path: `/v1/tasks/${encodeURIComponent(taskId)}`,
			headers: {
				...(poll?.etag === undefined ? {} : { 'if-none-match': poll.etag }),
				...(holdSeconds > 0 ? { prefer: `wait=${holdSeconds}` } : {}),
			},
			signal,
		});

	/** Polls a task until it has finished. @throws {@link TaskApiError} `wait-timeout` once the time is over. */
	async function pollUntilFinished<Found extends Task>(
		taskId: string,
		guard: (body: unknown) => body is Found,
		known: Found | undefined,
		options: WaitOptions,
	): Promise<Found> {
		const { onProgress, timeoutMs = Number.POSITIVE_INFINITY, holdSeconds = 0, signal } = options;
		const deadlineMs = now() + timeoutMs;
		let task = known;
		let poll = known === undefined ? undefined : polls.get(known);
		// A held request need not be delayed as well.
		if (poll !== undefined && holdSeconds > 0) poll = { ...poll, nextAtMs: 0 };
		if (task !== undefined) onProgress?.(task);
		for (;;) {
			const delayMs = Math.min(poll?.nextAtMs ?? 0, deadlineMs) - now();
			if (delayMs > 0) await sleep(delayMs, signal);
			const leftSeconds = Math.max(0, Math.ceil((deadlineMs - now()) / 1000));
			const response = await read(taskId, poll, {
				holdSeconds: Math.min(holdSeconds, MAX_HOLD_SECONDS, leftSeconds),
				signal,
			});
			poll = pollOf(response);
			if (response.status !== 304) {
				task = parseBody(response, guard);
				onProgress?.(task);
			}
			if (task !== undefined && isFinished(task)) return task;
			if (now() >= deadlineMs) throw timeoutError(taskId, task, timeoutMs);
		}
	}

	function wait(taskId: string, options?: WaitOptions): Promise<Task>;
	function wait<Type extends AnyTaskTypeName>(
		task: { readonly task_id: string; readonly type: Type },
		options?: WaitOptions,
	): Promise<TaskOf<Type>>;
	function wait<Type extends AnyTaskTypeName>(
		reference: string | { readonly task_id: string; readonly type: Type },
		options: WaitOptions = {},
	): Promise<Task> {
		if (typeof reference === 'string') return pollUntilFinished(reference, isTask, undefined, options);
		const guard = isTaskOf<Type>(reference.type);
		const known = polls.has(reference) && guard(reference) ? reference : undefined;
		return pollUntilFinished<Task>(reference.task_id, guard, known, options);
	}

	return { remember, wait };
}

function timeoutError(taskId: string, task: Task | undefined, timeoutMs: number): TaskApiError {
	return new TaskApiError({
		status: 0,
		code: 'wait-timeout',
		detail: `Task ${taskId} is still ${task?.status ?? 'unread'} after ${timeoutMs / 1000} s. It goes on; call wait again to keep waiting.`,
		task,
	});
}
