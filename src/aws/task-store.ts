import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Task } from '../tasks/task.ts';
import type { TaskStore } from '../tasks/task-store.ts';
import { clearedMembers, inferredEndOrder, mirroredStatus } from '../tasks/transition.ts';
import { createDueTasks } from './due-tasks.ts';
import { createItemCalls } from './item-calls.ts';
import { createProgressWriter } from './progress-reporter.ts';
import { createTaskEntity } from './task-entity.ts';
import { createTaskItems, openShardOf } from './task-items.ts';
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
	const { keyOf, itemOf, taskOf } = createTaskItems(tasks);
	const nowSeconds = () => Math.floor(now() / 1000);
	return {
		reportProgress: createProgressWriter(tasks),

		async create(task) {
			const isWritten = await items.put(itemOf(task), 'attribute_not_exists(pk) OR expires_at <= :now', {
				':now': nowSeconds(),
			});
			return isWritten ? 'created' : 'exists';
		},

		get: async (key) => taskOf(await items.get(keyOf(key))),

		async applyReport({ createdAtMs, ...key }, report) {
			const mirrored = mirroredStatus({ createdAtMs, ...key }, report, retentionSeconds);
			const cleared = clearedMembers(mirrored);
			const { result, ...members } = mirrored;
			const set = {
				...members,
				...(result === undefined ? {} : { result: JSON.stringify(result) }),
				...(members.checkAtMs === undefined ? {} : { openShard: openShardOf(key.taskId) }),
			};
			const change = tasks
				.update(idOf(key))
				.set(set)
				.add({ revision: 1 })
				.remove(cleared.includes('checkAtMs') ? [...cleared, 'openShard'] : cleared);
			return taskOf(
				await items.update(
					change.params(),
					'created_at_ms = :created AND status_order < :order AND NOT expires_at <= :now',
					{ ':created': createdAtMs, ':order': mirrored.statusOrder, ':now': nowSeconds() },
				),
			);
		},

		async requestCancel({ createdAtMs, redriveCount, ...key }, atMs) {
			const change = tasks
				.update(idOf(key))
				.set({ cancelRequestedAtMs: atMs, cancelRequestedRedrive: redriveCount, updatedAtMs: atMs })
				.add({ revision: 1 });
			return taskOf(
				await items.update(change.params(), 'created_at_ms = :created AND status_order < :end', {
					':created': createdAtMs,
					':end': inferredEndOrder(redriveCount),
				}),
			);
		},

		async extendForRedrive({ createdAtMs, statusOrder, ...key }, times) {
			const change = tasks
				.update(idOf(key))
				.set({ ...times, openShard: openShardOf(key.taskId) })
				.add({ revision: 1 });
			const kept = await items.update(
				change.params(),
				'created_at_ms = :created AND status_order = :order AND expires_at > :now',
				{ ':created': createdAtMs, ':order': statusOrder, ':now': nowSeconds() },
			);
			return kept !== undefined;
		},

		async setWaitingFor({ createdAtMs, ...key }, waitingFor) {
			const update = tasks.update(idOf(key));
			const change = waitingFor === undefined ? update.remove(['waitingFor']) : update.set({ waitingFor });
			const condition =
				waitingFor === undefined ? 'attribute_exists(waiting_for)' : 'attribute_not_exists(expires_at)';
			await items.update(change.add({ revision: 1 }).params(), `created_at_ms = :created AND ${condition}`, {
				':created': createdAtMs,
			});
		},

		findDueTasks: createDueTasks(client, table),

		async scheduleCheck({ createdAtMs, ...key }, checkAtMs) {
			const change = tasks.update(idOf(key)).set({ checkAtMs });
			await items.update(change.params(), 'created_at_ms = :created AND attribute_exists(open_shard)', {
				':created': createdAtMs,
			});
		},

		async cancelCheck({ createdAtMs, statusOrder, checkAtMs, ...key }) {
			const change = tasks.update(idOf(key)).remove(['checkAtMs', 'openShard']);
			await items.update(
				change.params(),
				'created_at_ms = :created AND status_order = :order AND check_at_ms = :check',
				{ ':created': createdAtMs, ':order': statusOrder, ':check': checkAtMs },
			);
		},

		list: createTaskLister(tasks, now),
	};
}

/** Whatever else a caller's value carries is no part of the key. */
function idOf({ principal, taskId }: Pick<Task, 'principal' | 'taskId'>) {
	return { principal, taskId };
}
