import { setTimeout as delay } from 'node:timers/promises';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Log } from '../tasks/log.ts';
import {
	firstCheckMs,
	isExpired,
	isTerminal,
	type Task,
	type TaskIncarnation,
	type TaskKey,
} from '../tasks/task.ts';
import type { TaskStore } from '../tasks/task-store.ts';
import {
	CLEARED_BY_RESET,
	clearedMembers,
	inferredEndOrder,
	type MirroredStatus,
	mirroredStatus,
	PENDING_ORDER,
	transition,
} from '../tasks/transition.ts';
import { ignoreConditionFailure, runOperation } from './conditional-write.ts';
import type { EventTransaction, RowUpdate } from './event-transaction.ts';
import { createProgressWriter } from './progress-reporter.ts';
import {
	checkKeys,
	createTaskEntity,
	fromItem,
	OPEN_SHARDS,
	type TaskEntity,
	toItem,
} from './task-entity.ts';
import { createTaskLister } from './task-lister.ts';

/** The settings of a task store. */
export interface TaskStoreSettings {
	readonly table: string;
	/** How long a finished task can be read. */
	readonly retentionSeconds: number;
	readonly now: () => number;
	/** The queue of deliveries. Absent: the dispatcher queues them, within a minute. */
	readonly deliveryQueue?: { readonly url: string; readonly log: Log };
	/** Waits between attempts to read a page of a list. */
	readonly sleep?: (ms: number) => Promise<unknown>;
}

/**
 * Creates the task store on DynamoDB. Every update is conditional on the row's creation time, so none creates a row.
 * A comparison with an absent attribute is false, hence `NOT expires_at <= now` holds for a row without an end.
 */
export function createTaskStore(
	client: DynamoDBClient,
	{ table, retentionSeconds, now, deliveryQueue, sleep = delay }: TaskStoreSettings,
): TaskStore {
	const tasks = createTaskEntity(client, table);
	const nowSeconds = () => Math.floor(now() / 1000);
	let opened: Promise<EventTransaction> | undefined;
	// Loaded on first use: most tasks have no webhook.
	const writeEvent: EventTransaction = async (readRow, change) => {
		opened ??= import('./event-transaction.ts').then(({ createEventTransaction }) =>
			createEventTransaction({ client, table, tasks, deliveryQueue, now }),
		);
		return (await opened)(readRow, change);
	};
	const get = createGetter(tasks);
	/** Returns the row if it belongs to this creation of the task and can still be read. */
	const find = async (task: TaskIncarnation): Promise<Task | undefined> => {
		const row = await get(task);
		return row?.createdAtMs !== task.createdAtMs || isExpired(row, now()) ? undefined : row;
	};
	return {
		async create(task) {
			const written = await ignoreConditionFailure(() =>
				tasks
					.put(toItem(task))
					.where(
						({ principal, expiresAtSeconds }, { notExists, lte }) =>
							`${notExists(principal)} OR ${lte(expiresAtSeconds, nowSeconds())}`,
					)
					.go({ response: 'none' }),
			);
			return written === undefined ? 'exists' : 'created';
		},

		get,

		async applyReport(task, report) {
			const { createdAtMs, webhooks, ...key } = task;
			const mirrored = mirroredStatus(task, report, retentionSeconds);
			const update = mirroringUpdate(task, mirrored);
			if (webhooks !== undefined && isTerminal(report.status))
				return writeEvent(
					() => find(task),
					(row) => {
						const next = transition(row, report, retentionSeconds);
						return next === undefined ? undefined : { next, update };
					},
				);
			const written = await ignoreConditionFailure(() =>
				tasks
					.update(keyOf(key))
					.set(update.set)
					.add({ revision: 1 })
					.remove([...update.remove])
					.where((row, { eq, lt, lte }) =>
						[
							eq(row.createdAtMs, createdAtMs),
							lt(row.statusOrder, mirrored.statusOrder),
							`NOT ${lte(row.expiresAtSeconds, nowSeconds())}`,
						].join(' AND '),
					)
					.go({ response: 'all_new' }),
			);
			return written === undefined ? undefined : fromItem(written.data);
		},

		async requestCancel({ createdAtMs, redriveCount, ...key }, atMs) {
			const written = await ignoreConditionFailure(() =>
				tasks
					.update(keyOf(key))
					.set({
						cancelRequestedAtMs: atMs,
						cancelRequestedRedrive: redriveCount,
						updatedAtMs: atMs,
						...checkKeys(key.taskId, firstCheckMs(atMs)),
					})
					.add({ revision: 1 })
					.where(
						(row, { eq, lt }) =>
							`${eq(row.createdAtMs, createdAtMs)} AND ${lt(row.statusOrder, inferredEndOrder(redriveCount))}`,
					)
					.go({ response: 'all_new' }),
			);
			return written === undefined ? undefined : fromItem(written.data);
		},

		async extendForRedrive({ createdAtMs, statusOrder: order, ...key }, { expiresAtSeconds, checkAtMs }) {
			const written = await ignoreConditionFailure(() =>
				tasks
					.update(keyOf(key))
					.set({ expiresAtSeconds, ...checkKeys(key.taskId, checkAtMs) })
					.add({ revision: 1 })
					.where((row, { eq, gt }) =>
						[
							eq(row.createdAtMs, createdAtMs),
							eq(row.statusOrder, order),
							gt(row.expiresAtSeconds, nowSeconds()),
						].join(' AND '),
					)
					.go({ response: 'none' }),
			);
			return written !== undefined;
		},

		async resetToPending({ createdAtMs, statusOrder, ...key }, { updatedAtMs, checkAtMs }) {
			const written = await ignoreConditionFailure(() =>
				tasks
					.update(keyOf(key))
					.set({
						status: 'PENDING',
						statusOrder: PENDING_ORDER,
						updatedAtMs,
						...checkKeys(key.taskId, checkAtMs),
					})
					.add({ revision: 1, resetCount: 1 })
					.remove([...CLEARED_BY_RESET])
					.where((row, { eq, gt, exists }) =>
						[
							eq(row.createdAtMs, createdAtMs),
							eq(row.statusOrder, statusOrder),
							gt(row.expiresAtSeconds, nowSeconds()),
							exists(row.data),
						].join(' AND '),
					)
					.go({ response: 'all_new' }),
			);
			return written === undefined ? undefined : fromItem(written.data);
		},

		async setWaitingFor(task, waitingFor) {
			const { createdAtMs, webhooks, ...key } = task;
			if (webhooks !== undefined && waitingFor !== undefined) {
				await writeEvent(
					() => find(task),
					(row) =>
						isTerminal(row.status)
							? undefined
							: {
									next: { ...row, waitingFor, revision: row.revision + 1 },
									update: { set: { waitingFor }, remove: [] },
								},
				);
				return;
			}
			const update = tasks.update(keyOf(key));
			const change = waitingFor === undefined ? update.remove(['waitingFor']) : update.set({ waitingFor });
			await ignoreConditionFailure(() =>
				change
					.add({ revision: 1 })
					.where((row, { eq, exists, notExists }) =>
						[
							eq(row.createdAtMs, createdAtMs),
							waitingFor === undefined ? exists(row.waitingFor) : notExists(row.expiresAtSeconds),
						].join(' AND '),
					)
					.go({ response: 'none' }),
			);
		},

		reportProgress: createProgressWriter(tasks),

		findDueTasks: createDueTaskFinder(tasks),

		async scheduleCheck({ createdAtMs, ...key }, checkAtMs) {
			await ignoreConditionFailure(() =>
				tasks
					.update(keyOf(key))
					.set(checkKeys(key.taskId, checkAtMs))
					.where((row, { eq, exists }) => `${eq(row.createdAtMs, createdAtMs)} AND ${exists(row.open_shard)}`)
					.go({ response: 'none' }),
			);
		},

		async cancelCheck({ createdAtMs, statusOrder: order, checkAtMs, ...key }) {
			await ignoreConditionFailure(() =>
				tasks
					.update(keyOf(key))
					.remove(['check_at_ms', 'open_shard'])
					.where((row, { eq }) =>
						[
							eq(row.createdAtMs, createdAtMs),
							eq(row.statusOrder, order),
							eq(row.check_at_ms, checkAtMs),
						].join(' AND '),
					)
					.go({ response: 'none' }),
			);
		},

		list: createTaskLister(tasks, { now, sleep }),
	};
}

/** Creates a reader of task rows, for functions that change none. */
export function createTaskReader(client: DynamoDBClient, table: string): Pick<TaskStore, 'get'> {
	return { get: createGetter(createTaskEntity(client, table)) };
}

function createGetter(tasks: TaskEntity): TaskStore['get'] {
	return async (key) => {
		const { data } = await runOperation(() => tasks.get(keyOf(key)).go({ consistent: true }));
		return data === null ? undefined : fromItem(data);
	};
}

/** Keys that one query of the `open` index returns: about 250 KB, 31 read units. */
const MAX_KEYS_PER_QUERY = 2500;

/**
 * Finds due tasks: in each shard the most overdue ones and, if there are more, the latest ones too. So the backlog of one
 * principal, however long, does not hide a task of another that has just become due.
 */
function createDueTaskFinder(tasks: TaskEntity): TaskStore['findDueTasks'] {
	const query = async (shard: number, nowMs: number, order: 'asc' | 'desc') => {
		const { data, cursor } = await runOperation(() =>
			tasks.query
				.open({ open_shard: shard })
				.lte({ check_at_ms: nowMs })
				.go({ order, limit: MAX_KEYS_PER_QUERY }),
		);
		const due = data.flatMap(({ principal, taskId, check_at_ms: checkAtMs }) =>
			checkAtMs === undefined ? [] : [{ principal, taskId, checkAtMs }],
		);
		return { due, hasMore: cursor !== null };
	};
	return async (nowMs) => {
		const shards = await Promise.allSettled(
			Array.from({ length: OPEN_SHARDS }, async (_, shard) => {
				const oldest = await query(shard, nowMs, 'asc');
				if (!oldest.hasMore) return oldest.due;
				const latest = await query(shard, nowMs, 'desc');
				return [...oldest.due, ...latest.due];
			}),
		);
		const due = shards.flatMap((shard) => (shard.status === 'fulfilled' ? shard.value : []));
		return {
			tasks: [...new Map(due.map((task) => [`${task.principal}/${task.taskId}`, task])).values()],
			errors: shards.flatMap((shard) => (shard.status === 'rejected' ? [shard.reason] : [])),
		};
	};
}

/** Returns the update that writes a report into the row. */
function mirroringUpdate({ taskId }: TaskKey, mirrored: MirroredStatus): RowUpdate {
	const { result, checkAtMs, ...members } = mirrored;
	return {
		set: {
			...members,
			...checkKeys(taskId, checkAtMs),
			...(result === undefined ? {} : { result: JSON.stringify(result) }),
		},
		remove: clearedMembers(mirrored).flatMap((member) =>
			member === 'checkAtMs' ? (['check_at_ms', 'open_shard'] as const) : [member],
		),
	};
}

/** Picks the key: the caller's value may have other members. */
function keyOf({ principal, taskId }: TaskKey) {
	return { principal, taskId };
}
