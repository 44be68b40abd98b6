import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { createConversions } from 'electrodb';
import { parseValue } from '../parse.ts';
import { Task } from '../tasks/task.ts';
import type { TaskStore } from '../tasks/task-store.ts';
import { clearedBy, mirroredStatus, presumedEndOrder } from '../tasks/transition.ts';
import { unlessRefused } from './conditional-write.ts';
import { createDueTasks, OPEN_SHARDS } from './due-tasks.ts';
import { createItemCalls } from './item-calls.ts';
import { createProgressWriter } from './progress-reporter.ts';
import { createTaskEntity, LIST_SHARDS, type TaskEntity } from './task-entity.ts';
import { createTaskLister } from './task-lister.ts';

export interface TaskStoreSettings {
	readonly table: string;
	/** How long a finished task can be read. */
	readonly retentionSeconds: number;
	readonly now: () => number;
}

/**
 * The task store on DynamoDB. Every update is of the row that was created at that very time: none makes a row anew.
 * A comparison with a member that is not there is false, so `NOT expires_at <= now` holds for a row that has no end yet.
 */
export function createTaskStore(
	client: DynamoDBClient,
	{ table, retentionSeconds, now }: TaskStoreSettings,
): TaskStore {
	const tasks = createTaskEntity(client, table);
	const items = createItemCalls(client, table);
	const { task: conversions } = createConversions(tasks).byAccessPattern;
	const nowSeconds = () => Math.floor(now() / 1000);
	return {
		reportProgress: createProgressWriter(tasks),

		async create(task) {
			const { Item } = tasks.put(toItem(task)).params<{ Item: Record<string, unknown> }>();
			const written = await unlessRefused(() =>
				items.put(Item, 'attribute_not_exists(pk) OR expires_at <= :now', { ':now': nowSeconds() }),
			);
			return written === undefined ? 'exists' : 'created';
		},

		async get(key) {
			const Item = await items.get(conversions.fromComposite.toKeys(keyOf(key)));
			if (Item === undefined) return undefined;
			const { data } = tasks.parse({ Item });
			return data === null ? undefined : fromItem(data);
		},

		async applyReport({ createdAtMs, ...key }, report) {
			const mirrored = mirroredStatus({ createdAtMs, ...key }, report, retentionSeconds);
			const cleared = clearedBy(mirrored);
			const { result, ...members } = mirrored;
			const set = {
				...members,
				...(result === undefined ? {} : { result: JSON.stringify(result) }),
				...(members.checkAtMs === undefined ? {} : { openShard: shardOf(key.taskId, OPEN_SHARDS) }),
			};
			const written = await unlessRefused(() =>
				tasks
					.update(keyOf(key))
					.set(set)
					.add({ revision: 1 })
					.remove(cleared.includes('checkAtMs') ? [...cleared, 'openShard'] : cleared)
					.where(
						(row, { eq, lt, lte }) =>
							`${eq(row.createdAtMs, createdAtMs)} AND ${lt(row.statusOrder, mirrored.statusOrder)} AND NOT ${lte(row.expiresAtSeconds, nowSeconds())}`,
					)
					.go({ response: 'all_new' }),
			);
			return written === undefined ? undefined : fromItem(written.data);
		},

		async requestCancel({ createdAtMs, redriveCount, ...key }, atMs) {
			const written = await unlessRefused(() =>
				tasks
					.update(keyOf(key))
					.set({ cancelRequestedAtMs: atMs, cancelRequestedRedrive: redriveCount, updatedAtMs: atMs })
					.add({ revision: 1 })
					.where(
						(row, { eq, lt }) =>
							`${eq(row.createdAtMs, createdAtMs)} AND ${lt(row.statusOrder, presumedEndOrder(redriveCount))}`,
					)
					.go({ response: 'all_new' }),
			);
			return written === undefined ? undefined : fromItem(written.data);
		},

		async keepForRedrive({ createdAtMs, statusOrder, ...key }, times) {
			const kept = await unlessRefused(() =>
				tasks
					.update(keyOf(key))
					.set({ ...times, openShard: shardOf(key.taskId, OPEN_SHARDS) })
					.add({ revision: 1 })
					.where(
						(row, { eq, gt }) =>
							`${eq(row.createdAtMs, createdAtMs)} AND ${eq(row.statusOrder, statusOrder)} AND ${gt(row.expiresAtSeconds, nowSeconds())}`,
					)
					.go({ response: 'none' }),
			);
			return kept !== undefined;
		},

		async setWaitingFor({ createdAtMs, ...key }, waitingFor) {
			const update = tasks.update(keyOf(key));
			const write = waitingFor === undefined ? update.remove(['waitingFor']) : update.set({ waitingFor });
			await unlessRefused(() =>
				write
					.add({ revision: 1 })
					.where(
						(row, { eq, exists, notExists }) =>
							`${eq(row.createdAtMs, createdAtMs)} AND ${waitingFor === undefined ? exists(row.waitingFor) : notExists(row.expiresAtSeconds)}`,
					)
					.go({ response: 'none' }),
			);
		},

		due: createDueTasks(client, table),

		async postponeCheck({ createdAtMs, ...key }, checkAtMs) {
			await unlessRefused(() =>
				tasks
					.update(keyOf(key))
					.set({ checkAtMs })
					.where((row, { eq, exists }) => `${eq(row.createdAtMs, createdAtMs)} AND ${exists(row.openShard)}`)
					.go({ response: 'none' }),
			);
		},

		async settle({ createdAtMs, statusOrder, checkAtMs, ...key }) {
			await unlessRefused(() =>
				tasks
					.update(keyOf(key))
					.remove(['checkAtMs', 'openShard'])
					.where(
						(row, { eq }) =>
							`${eq(row.createdAtMs, createdAtMs)} AND ${eq(row.statusOrder, statusOrder)} AND ${eq(row.checkAtMs, checkAtMs)}`,
					)
					.go({ response: 'none' }),
			);
		},

		list: createTaskLister(tasks, { fromItem, now }),
	};
}

export type TaskItem = NonNullable<Awaited<ReturnType<ReturnType<TaskEntity['get']>['go']>>['data']>;

/** Whatever else a caller's value carries is no part of the key. */
function keyOf({ principal, taskId }: Pick<Task, 'principal' | 'taskId'>) {
	return { principal, taskId };
}
function toItem({ data, result, ...task }: Task) {
	return {
		...task,
		shard: shardOf(task.taskId, LIST_SHARDS),
		openShard: shardOf(task.taskId, OPEN_SHARDS),
		...(data === undefined ? {} : { data: JSON.stringify(data) }),
		...(result === undefined ? {} : { result: JSON.stringify(result) }),
	};
}

/** The last digits of an id are random, in a UUIDv7 and in a UUIDv8. */
function shardOf(taskId: string, shards: number): number {
	return Number.parseInt(taskId.slice(-4), 16) % shards;
}

/** A row of another shape is a fault of ours, thrown before anybody acts on it. */
function fromItem({ data, result, ...item }: TaskItem): Task {
	const row = {
		...item,
		...(data === undefined ? {} : { data: JSON.parse(data) }),
		...(result === undefined ? {} : { result: JSON.parse(result) }),
	};
	return parseValue(Task, row, 'row of a task');
}
