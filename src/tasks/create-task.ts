import { createHash } from 'node:crypto';
import type { AcceptanceLimit, Allowance } from './acceptance-limit.ts';
import { type CallbackClaims, callbackRequest } from './callbacks.ts';
import { type ClaimStore, checkIn, claimKey, findClaimMember, isLarge } from './claim-check.ts';
import type { Log } from './log.ts';
import { pendingCheckMs, type RequestedStart, sendStartMessage, startTimeMs } from './scheduled-start.ts';
import { findServiceUnavailable, type ServiceUnavailableError } from './service-unavailable.ts';
import { deriveTaskId, isExpired, type Task } from './task.ts';
import type { TaskPublisher } from './task-message.ts';
import type { TaskStore } from './task-store.ts';
import { statusOrder } from './transition.ts';
import { type NamedWebhook, selectWebhooks, type Webhook } from './webhooks.ts';

/** A task that a client asks for, validated against the schema of its type. */
export interface NewTask {
	readonly principal: string;
	readonly type: string;
	readonly data: unknown;
	readonly tags: Readonly<Record<string, string>>;
	readonly traceparent?: string;
	readonly idempotencyKey?: string;
	/** The id of the task that this one repeats. */
	readonly rerunOf?: string;
	/** Share of the principal's limit per minute. Default: 1. */
	readonly weight?: number;
	/** Whether the type accepts data above 200 KiB, which goes to the claim store. */
	readonly largeData?: boolean;
	/** The callback that the task is going to wait for. */
	readonly callback?: { readonly key: string; readonly withinSeconds: number };
	/** Absent: the task starts at once. */
	readonly start?: RequestedStart;
	/** A webhook that receives the events of this task in addition to the principal's subscriptions. */
	readonly webhook?: NamedWebhook;
}

/** The result of a request for a new task, with the principal's limit unless the request was refused before. */
export type CreateTaskOutcome = CreateTaskResult & { readonly allowance?: Allowance };

type CreateTaskResult =
	| { readonly kind: 'accepted'; readonly task: Task }
	/** An earlier request with the same key and content created the task. */
	| { readonly kind: 'replayed'; readonly task: Task }
	/** An earlier request with the same key and other content created a task; nothing changed. */
	| { readonly kind: 'conflict' }
	/** The data has a member that only the service may use, at this path; nothing was accepted. */
	| { readonly kind: 'reservedMember'; readonly path: readonly (string | number)[] }
	/** The data is above the limit of its type; nothing was accepted. */
	| { readonly kind: 'tooLarge' }
	/** The data is too large for a start this far ahead; nothing was accepted. */
	| { readonly kind: 'tooLargeToDelay' }
	/** The principal created too many tasks recently; nothing was accepted. */
	| { readonly kind: 'rateLimited'; readonly retryAfterSeconds: number }
	/** The principal has no enabled webhook with this id; nothing was accepted. */
	| { readonly kind: 'unknownWebhook' }
	/** Another open task of the principal uses the callback key; nothing was accepted. */
	| { readonly kind: 'callbackKeyInUse'; readonly callbackKey: string }
	/** The row could neither be written for certain nor read: the task may have been accepted. */
	| { readonly kind: 'unconfirmed'; readonly retryAfterSeconds: number };

/** Objects of large data expire after 30 days, which leaves the task ten days to start and read them. */
const MAX_LARGE_DATA_DELAY_MS = 20 * 24 * 60 * 60 * 1000;

/** The ports and functions that creating a task needs. */
export interface CreateTaskDependencies {
	readonly store: Pick<TaskStore, 'create' | 'get'>;
	readonly publisher: TaskPublisher;
	readonly claims: Pick<ClaimStore, 'put'>;
	/** `undefined`: no limit. */
	readonly limit: AcceptanceLimit | undefined;
	readonly callbackClaims: CallbackClaims;
	/** Returns the subscriptions of a principal, at most {@link WEBHOOK_CACHE_MS} old. */
	readonly findWebhooks: (principal: string) => Promise<readonly Webhook[]>;
	readonly now: () => number;
	readonly createTaskId: (nowMs: number) => string;
	readonly log: Log;
}

/**
 * Creates tasks. Writing the row is the acceptance; the message follows. A failed publish does not fail the request,
 * since the row keeps everything that the reconciler needs to publish again.
 * @throws ServiceUnavailableError if a service failed before anything was accepted.
 */
export function createTaskCreator(dependencies: CreateTaskDependencies) {
	const { store, publisher, claims, limit, callbackClaims, findWebhooks, now, createTaskId, log } =
		dependencies;
	return async (request: NewTask): Promise<CreateTaskOutcome> => {
		const path = findClaimMember(request.data);
		if (path !== undefined) return { kind: 'reservedMember', path };
		const large = isLarge(JSON.stringify(request.data));
		if (large && request.largeData !== true) return { kind: 'tooLarge' };
		const bare = newRow(request, now(), createTaskId);
		if (large && (bare.runAtMs ?? 0) - bare.createdAtMs > MAX_LARGE_DATA_DELAY_MS)
			return { kind: 'tooLargeToDelay' };
		const row = large
			? { ...bare, data: await checkIn(bare.data, () => claimKey(bare, 'data'), claims) }
			: bare;
		const [allowance, subscriptions] = await Promise.all([
			limit?.take(row.principal, now(), request.weight ?? 1),
			findWebhooks(row.principal),
		]);
		const webhooks = selectWebhooks(subscriptions, { ...row, named: request.webhook });
		if (webhooks === undefined) return (await findReplay(store, row, now)) ?? { kind: 'unknownWebhook' };
		const task = webhooks.length === 0 ? row : { ...row, webhooks };
		const result: CreateTaskResult =
			allowance?.isTaken === false
				? ((await findReplay(store, task, now)) ?? {
						kind: 'rateLimited',
						retryAfterSeconds: allowance.resetSeconds,
					})
				: await acceptWithCallback(task, request);
		const outcome = allowance === undefined ? result : { ...result, allowance };
		if (!('task' in outcome)) return outcome;
		// A row of the same millisecond is our own: the first answer to the write was lost, and nothing is published yet.
		if (outcome.task.createdAtMs !== task.createdAtMs) return outcome;
		await publishTask(task);
		return outcome;
	};

	/** Claims the callback key before the row is written, so that of two open tasks with the same key one is accepted. */
	async function acceptWithCallback(
		task: Task,
		{ type, data, callback }: NewTask,
	): Promise<CreateTaskOutcome> {
		if (callback === undefined) return acceptTask(store, task, now);
		const replay = await findReplay(store, task, now);
		if (replay !== undefined) return replay;
		const claim = (of: Task) =>
			callbackClaims.claim({
				task: of,
				callbackKey: callback.key,
				deadlineAtMs: (of.runAtMs ?? of.createdAtMs) + callback.withinSeconds * 1000,
				request: callbackRequest(type, data),
			});
		const release = () =>
			callbackClaims
				.release(task, callback.key)
				.catch((error: unknown) =>
					log.warn('callback key not released', { task_id: task.taskId, callback_key: callback.key, error }),
				);
		if ((await claim(task)) === 'in-use') return { kind: 'callbackKeyInUse', callbackKey: callback.key };
		try {
			const outcome = await acceptTask(store, task, now);
			const isOurs = 'task' in outcome && outcome.task.createdAtMs === task.createdAtMs;
			if (isOurs || outcome.kind === 'unconfirmed') return outcome;
			// A concurrent request with the same idempotency key created the task, which shares the claim and its answer.
			if (outcome.kind === 'replayed') await claim(outcome.task);
			else await release();
			return outcome;
		} catch (error) {
			await release();
			throw error;
		}
	}

	/** Best effort: the reconciler repairs failures here. */
	async function publishTask(task: Task): Promise<void> {
		try {
			await sendStartMessage(publisher, task, now());
		} catch (error) {
			log.error('task accepted but not published', { task_id: task.taskId, error });
		}
	}
}

function newRow(request: NewTask, nowMs: number, createTaskId: CreateTaskDependencies['createTaskId']): Task {
	const { principal, type, data, tags, traceparent, idempotencyKey, rerunOf, callback } = request;
	const keyed = idempotencyKey !== undefined;
	const runAtMs = startTimeMs(request.start, nowMs);
	const schedule = runAtMs === undefined ? {} : { runAtMs };
	return {
		principal,
		type,
		data,
		tags: { ...tags },
		...(traceparent === undefined ? {} : { traceparent }),
		...(rerunOf === undefined ? {} : { rerunOf }),
		taskId: keyed ? deriveTaskId(principal, idempotencyKey) : createTaskId(nowMs),
		...(callback === undefined ? {} : { callbackKey: callback.key }),
		...(keyed ? { fingerprint: computeFingerprint(request) } : {}),
		status: 'PENDING',
		createdAtMs: nowMs,
		updatedAtMs: nowMs,
		...schedule,
		checkAtMs: pendingCheckMs(schedule, nowMs),
		redriveCount: 0,
		statusOrder: statusOrder('PENDING', 0),
		revision: 1,
	};
}

/** Finds the task of an earlier request: a replay is answered even above the rate limit. */
async function findReplay(
	store: Pick<TaskStore, 'get'>,
	task: Task,
	now: () => number,
): Promise<CreateTaskOutcome | undefined> {
	const row = task.fingerprint === undefined ? undefined : await store.get(task);
	if (row === undefined || isExpired(row, now())) return undefined;
	return row.fingerprint === task.fingerprint ? { kind: 'replayed', task: row } : { kind: 'conflict' };
}

/** An existing row can expire between the write and the read; each attempt beyond the first needs such a coincidence. */
const MAX_ATTEMPTS = 3;

/** Writes the row. After a write with an unknown outcome, the row itself says whether the task is accepted. */
async function acceptTask(
	store: CreateTaskDependencies['store'],
	task: Task,
	now: () => number,
): Promise<CreateTaskOutcome> {
	for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
		let failure: ServiceUnavailableError | undefined;
		try {
			if ((await store.create(task)) === 'created') return { kind: 'accepted', task };
		} catch (error) {
			failure = findServiceUnavailable(error);
			if (failure === undefined) throw error;
		}
		let row: Task | undefined;
		try {
			row = await store.get(task);
		} catch (error) {
			const unavailable = findServiceUnavailable(error);
			if (unavailable === undefined) throw error;
			return { kind: 'unconfirmed', retryAfterSeconds: unavailable.retryAfterSeconds };
		}
		if (row === undefined || isExpired(row, now())) {
			if (failure !== undefined) throw failure;
			continue;
		}
		if (row.fingerprint !== task.fingerprint) return { kind: 'conflict' };
		const isOurs = failure !== undefined && row.createdAtMs === task.createdAtMs;
		return { kind: isOurs || row.fingerprint === undefined ? 'accepted' : 'replayed', task: row };
	}
	throw new Error(`Gave up creating task ${task.taskId} after ${MAX_ATTEMPTS} attempts.`);
}

/** Hashes all members that determine the work of a task, independent of their order. */
function computeFingerprint({ type, data, tags, rerunOf, webhook, start }: NewTask): string {
	// Without the optional members the hash is that of rows written before they existed.
	const work = {
		type,
		data,
		tags,
		...(rerunOf === undefined ? {} : { rerunOf }),
		...(webhook === undefined ? {} : { webhook }),
		...(start === undefined ? {} : { start }),
	};
	return createHash('sha256')
		.update(JSON.stringify(sortMembers(work)))
		.digest('base64url');
}

function sortMembers(value: unknown): unknown {
	if (Array.isArray(value)) return value.map(sortMembers);
	if (typeof value !== 'object' || value === null) return value;
	const members = Object.entries(value)
		.toSorted(([a], [b]) => (a < b ? -1 : 1))
		.map(([name, member]) => [name, sortMembers(member)]);
	// Wrapped in an object, so that an array of pairs in the data cannot look the same.
	return { members };
}
