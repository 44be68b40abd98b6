import type { Test } from 'tap';
import { definitionsText } from '../../src/deploy/documents.ts';
import { type AppDependencies, createApp } from '../../src/http/app.ts';
import { createCursors } from '../../src/http/lists/cursors.ts';
import { describeTask } from '../../src/http/tasks/new-task.ts';
import type { AcceptanceLimit } from '../../src/tasks/acceptance-limit.ts';
import { approvalWaitOf, createApprovalTokens } from '../../src/tasks/approval-token.ts';
import { createCallbackClaims, createCallbackCloser } from '../../src/tasks/callbacks.ts';
import { createTaskCanceller } from '../../src/tasks/cancel-task.ts';
import { createTaskCreator } from '../../src/tasks/create-task.ts';
import { createResultReader, createTaskGetter, createTaskWaiter } from '../../src/tasks/read-task.ts';
import { createTaskRedriver } from '../../src/tasks/redrive-task.ts';
import { createTaskRerunner } from '../../src/tasks/rerun-task.ts';
import type { Task } from '../../src/tasks/task.ts';
import { createTaskId } from '../../src/tasks/task.ts';
import type { HistoryEvent, TaskExecutions } from '../../src/tasks/task-executions.ts';
import type { TaskMessage, TaskPublisher } from '../../src/tasks/task-message.ts';
import { buildTimeline } from '../../src/tasks/timeline.ts';
import { WORKFLOWS } from '../../src/workflows/catalog.ts';
import { contractFaults } from './contract.ts';
import { createMemoryCallbackStore } from './memory-callback-store.ts';
import { createMemoryClaimStore } from './memory-claim-store.ts';
import { createMemoryTaskStore } from './memory-task-store.ts';
import { createMemoryWebhookStore } from './memory-webhook-store.ts';
import { createRecordingLog } from './recording-log.ts';

export const START_MS = Date.UTC(2026, 0, 1);

export const GREETING = { type: 'greeting', data: { name: 'Ada' } };

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE' | 'HEAD' | 'PATCH' | 'OPTIONS';

interface Request {
	readonly headers?: Record<string, string>;
	readonly payload?: string | Buffer;
}

/** The whole API over in-memory stores, with a clock that the test moves. */
export function createTestApi(
	t: Test,
	{
		failingPublish = false,
		allowed = Number.POSITIVE_INFINITY,
		...dependencies
	}: { failingPublish?: boolean; allowed?: number } & Partial<AppDependencies> = {},
) {
	let nowMs = START_MS;
	const now = () => nowMs;
	const store = createMemoryTaskStore({ retentionSeconds: 3600, now });
	const callbacks = createMemoryCallbackStore();
	const webhookStore = createMemoryWebhookStore();
	const claims = new Map<string, string>();
	const published: { message: TaskMessage; traceparent: string | undefined; delaySeconds: number }[] = [];
	const stopped: { taskId: string; reason: string }[] = [];
	const inputs = new Map<string, TaskMessage>();
	const histories = new Map<string, readonly HistoryEvent[]>();
	const { log, lines } = createRecordingLog();
	const publisher: TaskPublisher = {
		async publish(message, options) {
			if (failingPublish) throw new Error('SNS is down');
			published.push({ message, ...options });
		},
	};
	const executions: TaskExecutions = {
		async stop({ taskId }, reason) {
			stopped.push({ taskId, reason });
			return 'stopped';
		},
		redrive: async () => ({ kind: 'redriven', atMs: nowMs }),
		readData: async ({ taskId }) => inputs.get(taskId),
		history: async ({ taskId }) => histories.get(taskId) ?? [],
	};
	const limit: AcceptanceLimit = {
		async take(_principal, _nowMs, weight) {
			allowed -= weight;
			const isTaken = allowed >= 0;
			return { isTaken, name: 'tasks', perMinute: 6000, remaining: Math.max(0, allowed), resetSeconds: 17 };
		},
	};
	const getTask = createTaskGetter({ store, now });
	/** Called with the delay in milliseconds whenever a request waits; changes made here are visible to the next read. */
	let onSleep = async (_ms: number): Promise<void> => undefined;
	const claimStore = createMemoryClaimStore(claims);
	const createTask = createTaskCreator({
		store,
		publisher,
		claims: claimStore,
		limit,
		callbackClaims: createCallbackClaims({ callbacks, store, now }),
		findWebhooks: async (principal) => (await webhookStore.find(principal))?.webhooks ?? [],
		now,
		createTaskId,
		log,
	});
	const approvalTokens = createApprovalTokens({ readMasterKeys: async () => 'an approval key', now });
	const app = createApp({
		createTask,
		getTask,
		waitForTask: createTaskWaiter({
			getTask,
			now,
			sleep: async (ms) => {
				nowMs += ms;
				await onSleep(ms);
			},
		}),
		listTasks: (principal, query) => store.list(principal, query),
		cancelTask: createTaskCanceller({
			store,
			executions,
			closeCallback: createCallbackCloser({ callbacks, now }),
			now,
			log,
		}),
		rerunTask: createTaskRerunner({
			getTask,
			executions,
			claims: claimStore,
			describeTask: (type, data) => describeTask(WORKFLOWS, type, data),
			createTask,
		}),
		readResult: createResultReader({ getTask }),
		redriveTask: createTaskRedriver({ store, executions, publisher, now, log }),
		acceptanceLimit: limit,
		eventsLimit: limit,
		readTimeline: async (task) => buildTimeline(await executions.history(task)),
		cursors: createCursors(async () => 'a key of the test'),
		signalOf: () => new AbortController().signal,
		presign: async (objectKey) => `https://bucket.example/${objectKey}?signed`,
		workflows: WORKFLOWS,
		findCaller: ({ headers }) => {
			const { 'x-test-principal': principal = 'ada', 'x-test-scopes': scopes = 'tasks:read tasks:write' } =
				headers;
			return principal === 'nobody'
				? undefined
				: { principal: String(principal), scopes: String(scopes).split(' ') };
		},
		readDocument: async (name) => (name === 'definitions.json' ? definitionsText() : '{"openapi":"3.1.0"}'),
		findUrlFault: async (url) =>
			url.startsWith('https://') ? undefined : 'The URL must begin with https://.',
		createApprovalToken: (task, waitingFor) => approvalTokens.create(approvalWaitOf(task, waitingFor)),
		version: '1.2.3',
		now,
		log,
		...dependencies,
	});
	t.teardown(() => app.close());

	/** Sends a request and validates the response against the OpenAPI document. */
	async function request(method: Method, url: string, { headers = {}, payload }: Request = {}) {
		const response = await app.inject({
			method,
			url,
			headers,
			...(payload === undefined ? {} : { payload }),
		});
		const { statusCode: status, headers: answered, rawPayload } = response;
		const isText = answered['content-encoding'] === undefined;
		const isJson = isText && String(answered['content-type']).includes('json') && rawPayload.length > 0;
		const body: unknown = isJson ? response.json<unknown>() : response.payload;
		if (method !== 'HEAD' && method !== 'OPTIONS' && isText) {
			const faults = contractFaults(method, url, { status, headers: answered, body });
			t.strictSame(faults, [], `${method} ${url.slice(0, 100)} is as documented`);
		}
		return { status, headers: answered, body, bytes: rawPayload };
	}
	const post = (body: unknown, headers: Record<string, string> = {}, url = '/v1/tasks') =>
		request('POST', url, {
			headers: { 'content-type': 'application/json', ...headers },
			payload: typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body),
		});
	/** Posts a greeting and returns its row. */
	async function accepted(body: unknown = GREETING, headers: Record<string, string> = {}): Promise<Task> {
		const answer = await post(body, headers);
		const row = await store.get({ principal: 'ada', taskId: Object(answer.body).task_id });
		if (row === undefined) throw new Error(`not accepted: ${JSON.stringify(answer.body)}`);
		return row;
	}
	/** Writes the row as the listener would for this execution status. */
	const report = (task: Task, status: 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED') =>
		store.applyReport(task, {
			status,
			redriveCount: task.redriveCount,
			startedAtMs: nowMs,
			...(status === 'RUNNING' ? {} : { stoppedAtMs: nowMs }),
			...(status === 'SUCCEEDED'
				? { result: { name: 'Ada', message: 'Hello Ada', validated: true, processed: true, notified: true } }
				: {}),
		});
	return {
		app,
		request,
		post,
		accepted,
		report,
		store,
		callbacks,
		webhookStore,
		claims,
		published,
		stopped,
		histories,
		inputs,
		executions,
		lines,
		advance: (ms: number) => (nowMs += ms),
		now,
		whileWaiting: (action: (ms: number) => Promise<void>) => (onSleep = action),
	};
}
