import type { AcceptanceLimit } from './acceptance-limit.ts';
import type { AwaitedCallback } from './await-callback.ts';
import { type ClaimStore, checkIn, isLarge } from './claim-check.ts';
import { computeFingerprint } from './fingerprint.ts';
import type { Log } from './log.ts';
import { firstCheckMs, isExpired, type Task } from './task.ts';
import { deriveTaskId } from './task-id.ts';
import { claimKey, taskMessage } from './task-message.ts';
import type { TaskPublisher } from './task-publisher.ts';
import type { TaskStore } from './task-store.ts';
import { statusOrder } from './transition.ts';

export interface NewTask {
	readonly principal: string;
	readonly type: string;
	readonly data: unknown;
	readonly tags: Readonly<Record<string, string>>;
	readonly traceparent?: string;
	readonly idempotencyKey?: string;
	/** Whether data above 200 KiB is taken; what is in it then goes by way of the claim store. */
	readonly largeData?: boolean;
	/** The answer from outside that the task is going to wait for. */
	readonly callback?: { readonly key: string; readonly withinSeconds: number };
}

export type CreateTaskOutcome =
	| { readonly kind: 'accepted'; readonly task: Task }
	/** The key has made this very task before. */
	| { readonly kind: 'replayed'; readonly task: Task }
	/** The key has made another task; nothing was changed. */
	| { readonly kind: 'conflict' }
	/** The data would not pass through the services behind the API; nothing was accepted. */
	| { readonly kind: 'tooLarge' }
	/** The principal has had too many tasks accepted of late. */
	| { readonly kind: 'rateLimited'; readonly retryAfterSeconds: number };

export interface CreateTaskDependencies {
	readonly store: TaskStore;
	readonly publisher: TaskPublisher;
	readonly claims: Pick<ClaimStore, 'put'>;
	readonly limit: AcceptanceLimit;
	readonly announceCallback: (callback: AwaitedCallback) => Promise<unknown>;
	readonly now: () => number;
	readonly createTaskId: (nowMs: number) => string;
	readonly log: Log;
}

/**
 * Accepts a task: the row is the acceptance, the message follows it.
 * A failed publish is no failure of the request, since the row keeps what is needed to publish again.
 */
export function createTaskCreator(dependencies: CreateTaskDependencies) {
	const { store, publisher, claims, limit, announceCallback, now, createTaskId, log } = dependencies;
	return async (request: NewTask): Promise<CreateTaskOutcome> => {
		const large = isLarge(JSON.stringify(request.data));
		if (large && request.largeData !== true) return { kind: 'tooLarge' };
		const row = newRow(request, now(), createTaskId);
		const task = large ? { ...row, data: await checkIn(row.data, () => claimKey(row, 'data'), claims) } : row;
		const allowance = await limit.take(task.principal, now());
		const outcome =
			allowance === 'taken' ? await accept(store, task, now) : await earlier(store, task, now, allowance);
		if (!('task' in outcome)) return outcome;
		// A row of this very moment is our own, where the client of the store sent it twice and lost the first answer:
		// then nobody has published it yet. A message too many starts nothing new.
		if (outcome.task.createdAtMs !== task.createdAtMs) return outcome;
		await followUp(task, request.callback);
		return outcome;
	};

	/** Nothing of this decides over the acceptance: what fails here is made up for later. */
	async function followUp(task: Task, callback: NewTask['callback']): Promise<void> {
		try {
			if (callback !== undefined)
				await announceCallback({
					task,
					callbackKey: callback.key,
					deadlineAtMs: task.createdAtMs + callback.withinSeconds * 1000,
				});
		} catch (error) {
			log.error('callback not announced', { task_id: task.taskId, error });
		}
		try {
			await publisher.publish(taskMessage(task), task.traceparent);
		} catch (error) {
			log.error('task accepted but not published', { task_id: task.taskId, error });
		}
	}
}

function newRow(
	{ principal, type, data, tags, traceparent, idempotencyKey, callback }: NewTask,
	nowMs: number,
	createTaskId: CreateTaskDependencies['createTaskId'],
): Task {
	const keyed = idempotencyKey !== undefined;
	return {
		principal,
		type,
		data,
		tags: { ...tags },
		...(traceparent === undefined ? {} : { traceparent }),
		taskId: keyed ? deriveTaskId(principal, idempotencyKey) : createTaskId(nowMs),
		...(callback === undefined ? {} : { callbackKey: callback.key }),
		...(keyed ? { fingerprint: computeFingerprint({ type, data, tags }) } : {}),
		status: 'PENDING',
		createdAtMs: nowMs,
		updatedAtMs: nowMs,
		checkAtMs: firstCheckMs(nowMs),
		redriveCount: 0,
		statusOrder: statusOrder('PENDING', 0),
		revision: 1,
	};
}

/** Who repeats a request that was accepted is not refused for having sent too many others. */
async function earlier(
	store: TaskStore,
	task: Task,
	now: () => number,
	{ retryAfterSeconds }: { readonly retryAfterSeconds: number },
): Promise<CreateTaskOutcome> {
	const row = task.fingerprint === undefined ? undefined : await store.get(task);
	if (row === undefined || isExpired(row, now())) return { kind: 'rateLimited', retryAfterSeconds };
	return row.fingerprint === task.fingerprint ? { kind: 'replayed', task: row } : { kind: 'conflict' };
}

/** How often a row that is there may be gone when it is looked at: it expired in between. */
const MOST_TRIES = 3;

async function accept(store: TaskStore, task: Task, now: () => number): Promise<CreateTaskOutcome> {
	for (let tries = 0; tries < MOST_TRIES; tries++) {
		if ((await store.create(task)) === 'created') return { kind: 'accepted', task };
		const row = await store.get(task);
		if (row === undefined || isExpired(row, now())) continue;
		if (row.fingerprint !== task.fingerprint) return { kind: 'conflict' };
		return { kind: row.fingerprint === undefined ? 'accepted' : 'replayed', task: row };
	}
	throw new Error(`The row of ${task.taskId} comes and goes.`);
}
