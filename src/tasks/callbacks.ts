import * as Type from 'typebox';
import { type ChangingTask, isExpired, isTerminal, type TaskIncarnation } from './task.ts';
import type { TaskStore } from './task-store.ts';

/** Characters of a callback key. It excludes `#`, the delimiter of DynamoDB keys. */
export const CALLBACK_KEY_PATTERN = '^[A-Za-z0-9_.:-]{1,128}$';

/** The person or system that answered: the principal of the credential and, if the caller names one, a person. */
export const Answerer = Type.Object({
	principal: Type.String(),
	name: Type.Optional(Type.String()),
	via: Type.Optional(
		Type.Enum(['approval-page'], {
			description: 'How the answer arrived; absent for a callback token.',
		}),
	),
	address: Type.Optional(
		Type.String({ description: 'The IP address of the browser that sent the approval page.' }),
	),
});

/** See the schema of the same name. */
export type Answerer = Type.Static<typeof Answerer>;

/** An answer to a callback. */
export const CallbackAnswer = Type.Object({
	status: Type.Enum(['success', 'failure']),
	message: Type.Optional(Type.String()),
	output: Type.Optional(Type.Unknown()),
	answeredBy: Answerer,
	atMs: Type.Integer(),
});

/** See the schema of the same name. */
export type CallbackAnswer = Type.Static<typeof CallbackAnswer>;

/** The decision that a callback asks for, shown before it is answered. */
export const CallbackRequest = Type.Object({
	type: Type.String(),
	/** The task's `data`; if it is too large, the beginning of its JSON. */
	data: Type.Unknown(),
	isDataTruncated: Type.Boolean(),
});

/** See the schema of the same name. */
export type CallbackRequest = Type.Static<typeof CallbackRequest>;

/** One callback of a principal: the answer that a task waits for or is going to wait for. */
export const Callback = Type.Object({
	callbackKey: Type.String(),
	principal: Type.String(),
	taskId: Type.String(),
	createdAtMs: Type.Integer(),
	request: Type.Optional(CallbackRequest),
	/** Step Functions' token of the waiting state; absent until the task waits. It never leaves the service. */
	token: Type.Optional(Type.String()),
	/** When the task began to wait or, before that, when it claimed the key. */
	sinceMs: Type.Integer(),
	/** The last moment at which an answer is accepted. */
	deadlineAtMs: Type.Integer(),
	/** The redrive count of the execution that waits; absent until it waits. */
	redriveCount: Type.Optional(Type.Integer({ minimum: 0 })),
	answer: Type.Optional(CallbackAnswer),
	/** When the workflow received the answer. */
	deliveredAtMs: Type.Optional(Type.Integer()),
	/** When the delivery of the stored answer failed and the client was asked to repeat it. */
	deliveryFailedAtMs: Type.Optional(Type.Integer()),
	/** When another request began to redeliver the stored answer. */
	redeliveryStartedAtMs: Type.Optional(Type.Integer()),
	/** When the task stopped waiting for good. The key is free again. */
	closedAtMs: Type.Optional(Type.Integer()),
	/** Number of writes, for optimistic locking. */
	version: Type.Integer({ minimum: 1 }),
});

/** See the schema of the same name. */
export type Callback = Type.Static<typeof Callback>;

/** Identifies a callback. Different principals may use the same key. */
export type CallbackId = Pick<Callback, 'principal' | 'callbackKey'>;

/** How long after its deadline a callback is kept, so that a late answer gets 410 rather than 404. */
export const CALLBACK_RETENTION_SECONDS = 7 * 24 * 60 * 60;

/** Stores callbacks, one per principal and key. */
export interface CallbackStore {
	/** Returns the callback as last written, or `undefined` if it does not exist. */
	readonly find: (id: CallbackId) => Promise<Callback | undefined>;
	/** Writes `next` with the next version if the stored callback is still `before`; otherwise returns `false`. */
	readonly swap: (before: Callback | undefined, next: Omit<Callback, 'version'>) => Promise<boolean>;
}

/** Each conflicting write advances the callback's state, so few attempts are enough. */
const MAX_ATTEMPTS = 10;

/** A write with the outcome that it leads to, or an outcome without a write. */
export type CallbackChange<Outcome> =
	| { readonly next: Omit<Callback, 'version'>; readonly onceWritten: (callback: Callback) => Outcome }
	| { readonly outcome: Outcome };

/**
 * Reads a callback, decides and writes; repeats all three after a concurrent write.
 *
 * @throws if other writers keep changing the callback.
 */
export async function changeCallback<Outcome>(
	store: CallbackStore,
	{ principal, callbackKey }: CallbackId,
	decide: (found: Callback | undefined) => CallbackChange<Outcome>,
): Promise<Outcome> {
	for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
		const found = await store.find({ principal, callbackKey });
		const change = decide(found);
		if (!('next' in change)) return change.outcome;
		if (await store.swap(found, change.next))
			return change.onceWritten({ ...change.next, version: (found?.version ?? 0) + 1 });
	}
	throw new Error(`Callback ${callbackKey}: too many concurrent updates.`);
}

/**
 * Whether the callback belongs to this incarnation of a task. A claim that nothing has waited for also belongs to a later
 * request with the same idempotency key: the first request may have claimed the key and then failed to write the row.
 */
export function isOfTask(callback: Callback, task: TaskIncarnation): boolean {
	const isUnusedClaim = callback.token === undefined && callback.closedAtMs === undefined;
	return (
		callback.principal === task.principal &&
		callback.taskId === task.taskId &&
		(callback.createdAtMs === task.createdAtMs || isUnusedClaim)
	);
}

/** The answer as the workflow receives it. */
export function workflowAnswer({ atMs, answeredBy, ...answer }: CallbackAnswer) {
	return { ...answer, answered_by: answeredBy, at: new Date(atMs).toISOString() };
}

/** Length of the data that a callback shows, in bytes of JSON. */
const MAX_SHOWN_DATA_BYTES = 4096;

/** Returns the task's data for the reader of a callback: all of it, or the first 4 KiB of its JSON. */
export function callbackRequest(type: string, data: unknown): CallbackRequest {
	const json = Buffer.from(JSON.stringify(data) ?? 'null');
	if (json.length <= MAX_SHOWN_DATA_BYTES) return { type, data, isDataTruncated: false };
	// A character that is cut in two is left out.
	const beginning = json
		.subarray(0, MAX_SHOWN_DATA_BYTES)
		.toString()
		.replace(/\uFFFD$/, '');
	return { type, data: beginning, isDataTruncated: true };
}

/** A task that waits, or is going to wait, for an answer under this key. */
export interface AwaitedCallback {
	readonly task: ChangingTask;
	readonly callbackKey: string;
	/** The last moment at which an answer is accepted. */
	readonly deadlineAtMs: number;
	/** The redrive count of the execution, if it is known. */
	readonly redriveCount?: number | undefined;
}

/** A claim that is older than this and has no task was left by a request that failed. */
const ABANDONED_CLAIM_MS = 60_000;

/** The ports that claiming a callback key needs. */
export interface CallbackClaimDependencies {
	readonly callbacks: CallbackStore;
	readonly store: Pick<TaskStore, 'get'>;
	readonly now: () => number;
}

/** Reserves callback keys for new tasks, so that an early answer is stored and each key has one open task at a time. */
export interface CallbackClaims {
	/** Claims the key until the task ends. A concurrent request for the same task shares its claim. */
	readonly claim: (
		callback: AwaitedCallback & { readonly request: CallbackRequest },
	) => Promise<'claimed' | 'in-use'>;
	/** Releases the key of a task that was not created, unless it has been answered. */
	readonly release: (task: TaskIncarnation, callbackKey: string) => Promise<void>;
}

/** Callback claims that are stored with the callbacks. */
export function createCallbackClaims({ callbacks, store, now }: CallbackClaimDependencies): CallbackClaims {
	return {
		async claim({ task, callbackKey, deadlineAtMs, request }) {
			const id = { principal: task.principal, callbackKey };
			const next = { ...newCallback(task, callbackKey, { sinceMs: now(), deadlineAtMs }), request };
			for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
				const found = await callbacks.find(id);
				if (found !== undefined && isOfTask(found, task)) return 'claimed';
				if (found !== undefined && !(await isAbandoned(found, store, now())))
					return found.taskId === task.taskId ? 'claimed' : 'in-use';
				if (await callbacks.swap(found, next)) return 'claimed';
			}
			throw new Error(`Callback ${callbackKey}: too many concurrent updates.`);
		},
		// An answered claim stays: a concurrent request with the same idempotency key may have created the task that was answered.
		release: (task, callbackKey) =>
			closeCallback({ callbacks, now }, task, callbackKey, ({ answer }) => answer === undefined),
	};
}

/** Whether the holder of a key has ended or was never created. Closing a callback is best effort, so the task decides. */
async function isAbandoned(
	callback: Callback,
	store: Pick<TaskStore, 'get'>,
	nowMs: number,
): Promise<boolean> {
	if (callback.closedAtMs !== undefined) return true;
	const holder = await store.get(callback);
	if (holder !== undefined && isOfTask(callback, holder))
		return isTerminal(holder.status) || isExpired(holder, nowMs);
	return nowMs - callback.createdAtMs > ABANDONED_CLAIM_MS;
}

/** The result of waiting for a callback. */
export type AwaitCallbackOutcome =
	/** The token is stored; an answer resumes the execution. */
	| { readonly kind: 'waiting' }
	/** The answer arrived before the task waited. The token will not be used. */
	| { readonly kind: 'answered'; readonly answer: CallbackAnswer }
	/** Another open task of the principal uses the key. */
	| { readonly kind: 'in-use' };

/** The ports that waiting for a callback needs. */
export interface AwaitCallbackDependencies {
	readonly callbacks: CallbackStore;
	readonly store: Pick<TaskStore, 'setWaitingFor'>;
	readonly now: () => number;
}

/** Stores the token of an execution that waits for an answer. The task shows `waiting_for` before it can be answered. */
export function createCallbackAwaiter({ callbacks, store, now }: AwaitCallbackDependencies) {
	return async ({
		task,
		callbackKey,
		deadlineAtMs,
		redriveCount,
		token,
	}: AwaitedCallback & { readonly token: string }): Promise<AwaitCallbackOutcome> => {
		const id = { principal: task.principal, callbackKey };
		const sinceMs = now();
		const waitingFor = { callbackKey, sinceMs, expiresAtMs: deadlineAtMs };
		const reopened = (found: Callback | undefined): Omit<Callback, 'version'> => {
			const request = found !== undefined && isOfTask(found, task) ? found.request : undefined;
			return {
				...newCallback(task, callbackKey, { sinceMs, deadlineAtMs }),
				...(redriveCount === undefined ? {} : { redriveCount }),
				...(request === undefined ? {} : { request }),
			};
		};
		// Answerable before it is shown: the callback may be a claim with another end, or the closed one of an earlier wait.
		const mayWait = await changeCallback(callbacks, id, (found) =>
			standingOf(found, task, now()) === undefined
				? { next: reopened(found), onceWritten: () => true }
				: { outcome: false },
		);
		if (mayWait) await store.setWaitingFor(task, waitingFor);
		const outcome = await changeCallback<AwaitCallbackOutcome>(callbacks, id, (found) => {
			const standing = standingOf(found, task, now());
			if (standing === 'in-use') return { outcome: { kind: 'in-use' } };
			if (standing !== undefined && found !== undefined) {
				// Without a token the answer stays valid for a retry of the step, should this one crash.
				const { token: _, ...untokened } = found;
				return {
					next: { ...untokened, deliveredAtMs: now() },
					onceWritten: () => ({ kind: 'answered', answer: standing }),
				};
			}
			return { next: { ...reopened(found), token }, onceWritten: () => ({ kind: 'waiting' }) };
		});
		if (outcome.kind !== 'waiting') await store.setWaitingFor(task, undefined);
		return outcome;
	};
}

/** The early answer of the task, `in-use` for another task's key, or `undefined` if the task has to wait. */
function standingOf(
	found: Callback | undefined,
	task: TaskIncarnation,
	nowMs: number,
): CallbackAnswer | 'in-use' | undefined {
	if (found === undefined) return undefined;
	const { token, answer, deliveredAtMs, closedAtMs, deadlineAtMs } = found;
	if (!isOfTask(found, task)) return closedAtMs !== undefined || deadlineAtMs <= nowMs ? undefined : 'in-use';
	// An answer that ended an earlier wait of the task does not answer this one.
	const isSpent = token !== undefined && (deliveredAtMs !== undefined || closedAtMs !== undefined);
	return isSpent ? undefined : answer;
}

/** Releases the key of a task that has ended. */
export function createCallbackCloser(dependencies: Pick<CallbackClaimDependencies, 'callbacks' | 'now'>) {
	return (task: TaskIncarnation, callbackKey: string): Promise<void> =>
		closeCallback(dependencies, task, callbackKey, () => true);
}

function closeCallback(
	{ callbacks, now }: Pick<CallbackClaimDependencies, 'callbacks' | 'now'>,
	task: TaskIncarnation,
	callbackKey: string,
	isClosable: (callback: Callback) => boolean,
): Promise<void> {
	return changeCallback(callbacks, { principal: task.principal, callbackKey }, (found) =>
		// A request that lost against a concurrent one with its idempotency key must not close the other's claim.
		found === undefined ||
		!isOfTask(found, task) ||
		found.createdAtMs !== task.createdAtMs ||
		found.closedAtMs !== undefined ||
		!isClosable(found)
			? { outcome: undefined }
			: { next: { ...found, closedAtMs: now() }, onceWritten: () => undefined },
	);
}

function newCallback(
	{ principal, taskId, createdAtMs }: TaskIncarnation,
	callbackKey: string,
	times: Pick<Callback, 'sinceMs' | 'deadlineAtMs'>,
): Omit<Callback, 'version'> {
	return { callbackKey, principal, taskId, createdAtMs, ...times };
}
