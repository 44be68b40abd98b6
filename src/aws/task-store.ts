import { setTimeout as delay } from 'node:timers/promises';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { TaskKey } from '../tasks/task.ts';
import type { TaskStore } from '../tasks/task-store.ts';
import { clearedMembers, inferredEndOrder, mirroredStatus } from '../tasks/transition.ts';
import { ignoreConditionFailure, runOperation } from './conditional-write.ts';
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
	/** Waits between attempts to read a page of a list. */
	readonly sleep?: (ms: number) => Promise<unknown>;
}

/**
 * Creates the task store on DynamoDB. Every update is conditional on the row's creation time, so none creates a row.
 * A comparison with an absent attribute is false, hence `NOT expires_at <= now` holds for a row without an end.
 */
export function createTaskStore(
	client: DynamoDBClient,
	{ table, retentionSeconds, now, sleep = delay }: TaskStoreSettings,
): TaskStore {
	const tasks = createTaskEntity(client, table);
	const nowSeconds = () => Math.floor(now() / 1000);
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

		async get(key) {
			const { data } = await runOperation(() => tasks.get(keyOf(key)).go({ consistent: true }));
			return data === null ? undefined : fromItem(data);
		},

		async applyReport({ createdAtMs, ...key }, report) {
			const mirrored = mirroredStatus({ createdAtMs, ...key }, report, retentionSeconds);
			const { result, checkAtMs, ...members } = mirrored;
			const cleared = clearedMembers(mirrored).flatMap((member) =>
				member === 'checkAtMs' ? (['check_at_ms', 'open_shard'] as const) : [member],
			);
			const written = await ignoreConditionFailure(() =>
				tasks
					.update(keyOf(key))
					.set({
						...members,
						...checkKeys(key.taskId, checkAtMs),
						...(result === undefined ? {} : { result: JSON.stringify(result) }),
					})
					.add({ revision: 1 })
					.remove(cleared)
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
					.set({ cancelRequestedAtMs: atMs, cancelRequestedRedrive: redriveCount, updatedAtMs: atMs })
					.add({ revision: 1 })
					.where(
						(row, { eq, lt }) =>
							`${eq(row.createdAtMs, createdAtMs)} AND ${lt(row.statusOrder, inferredEndOrder(redriveCount))}`,
					)
					.go({ response: 'all_new' }),
			);
			return written === undefined ? undefined : fromItem(written.data);
		},

		async extendForRedrive({ createdAtMs, statusOrder, ...key }, { expiresAtSeconds, checkAtMs }) {
			const written = await ignoreConditionFailure(() =>
				tasks
					.update(keyOf(key))
					.set({ expiresAtSeconds, ...checkKeys(key.taskId, checkAtMs) })
					.add({ revision: 1 })
					.where((row, { eq, gt }) =>
						[
							eq(row.createdAtMs, createdAtMs),
							eq(row.statusOrder, statusOrder),
							gt(row.expiresAtSeconds, nowSeconds()),
						].join(' AND '),
					)
					.go({ response: 'none' }),
			);
			return written !== undefined;
		},

		async setWaitingFor({ createdAtMs, ...key }, waitingFor) {
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

		async cancelCheck({ createdAtMs, statusOrder, checkAtMs, ...key }) {
			await ignoreConditionFailure(() =>
				tasks
					.update(keyOf(key))
					.remove(['check_at_ms', 'open_shard'])
					.where((row, { eq }) =>
						[
							eq(row.createdAtMs, createdAtMs),
							eq(row.statusOrder, statusOrder),
							eq(row.check_at_ms, checkAtMs),
						].join(' AND '),
					)
					.go({ response: 'none' }),
			);
		},

		list: createTaskLister(tasks, { now, sleep }),
	};
}

/** Finds tasks whose check is due, in each shard those that have waited longest. */
function createDueTaskFinder(tasks: TaskEntity): TaskStore['findDueTasks'] {
	return async (nowMs, limit) => {
		const shards = await Promise.all(
			Array.from({ length: OPEN_SHARDS }, async (_, shard) => {
				const { data } = await runOperation(() =>
					tasks.query
						.open({ open_shard: shard })
						.lte({ check_at_ms: nowMs })
						.go({ limit: Math.ceil(limit / OPEN_SHARDS), attributes: ['principal', 'taskId'] }),
				);
				return data;
			}),
		);
		return shards.flat();
	};
}

/** Picks the key: the caller's value may have other members. */
function keyOf({ principal, taskId }: TaskKey) {
	return { principal, taskId };
}
