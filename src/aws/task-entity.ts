import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { Entity } from 'electrodb';
import { parseValue } from '../parse.ts';
import { TASK_STATUSES, Task } from '../tasks/task.ts';

/** Partitions of one principal's list; each takes 1,000 writes a second. */
export const LIST_SHARDS = 8;

/** Partitions of the index of all open tasks. */
export const OPEN_SHARDS = 8;

/**
 * Creates the ElectroDB entity of a task's item. The partition key contains the principal, so that no request can
 * reach another principal's task. `data` and `result` are JSON texts, because DynamoDB's types do not keep all JSON.
 */
export function createTaskEntity(client: DynamoDBClient, table: string) {
	return new Entity(
		{
			model: { service: 'task-api', entity: 'task', version: '1' },
			attributes: {
				principal: { type: 'string', required: true },
				taskId: { type: 'string', required: true, field: 'task_id' },
				type: { type: 'string', required: true },
				status: { type: TASK_STATUSES, required: true },
				tags: { type: 'any', required: true },
				data: { type: 'string' },
				traceparent: { type: 'string' },
				fingerprint: { type: 'string' },
				rerunOf: { type: 'string', field: 'rerun_of' },
				createdAtMs: { type: 'number', required: true, field: 'created_at_ms' },
				runAtMs: { type: 'number', field: 'run_at_ms' },
				updatedAtMs: { type: 'number', required: true, field: 'updated_at_ms' },
				startedAtMs: { type: 'number', field: 'started_at_ms' },
				finishedAtMs: { type: 'number', field: 'finished_at_ms' },
				expiresAtSeconds: { type: 'number', field: 'expires_at' },
				// The keys of the index `open`, which holds only the items that have them: tasks with a scheduled check.
				// Named like their fields, since ElectroDB otherwise writes an attribute and a key of the same name.
				open_shard: { type: 'number', hidden: true },
				check_at_ms: { type: 'number' },
				redriveCount: { type: 'number', required: true, field: 'redrive_count' },
				statusOrder: { type: 'number', required: true, field: 'status_order' },
				revision: { type: 'number', required: true },
				cancelRequestedAtMs: { type: 'number', field: 'cancel_requested_at_ms' },
				cancelRequestedRedrive: { type: 'number', field: 'cancel_requested_redrive' },
				callbackKey: { type: 'string', field: 'callback_key' },
				waitingFor: { type: 'any', field: 'waiting_for' },
				webhooks: { type: 'any' },
				resetCount: { type: 'number', field: 'reset_count' },
				progress: {
					type: 'map',
					properties: {
						percent: { type: 'number', required: true },
						message: { type: 'string', required: true },
					},
				},
				progressAtMs: { type: 'number', field: 'progress_at_ms' },
				result: { type: 'string' },
				error: { type: 'any' },
				/** The partition of the principal's list that the task is in. */
				shard: { type: 'number', required: true, hidden: true },
			},
			indexes: {
				task: {
					pk: { field: 'pk', composite: ['principal', 'taskId'], casing: 'none' },
					sk: { field: 'sk', composite: [] },
				},
				/** A principal's tasks by age. Its keys never change, so later writes of the item cost nothing extra. */
				list: {
					index: 'list',
					projection: ['taskId', 'createdAtMs'],
					pk: { field: 'list_pk', composite: ['principal', 'shard'], casing: 'none' },
					sk: { field: 'list_sk', composite: ['createdAtMs', 'taskId'] },
				},
				/** Tasks of all principals by the time of their next check. */
				open: {
					index: 'open',
					projection: ['principal', 'taskId', 'check_at_ms'],
					pk: { field: 'open_shard', composite: ['open_shard'], template: '${open_shard}' },
					sk: { field: 'check_at_ms', composite: ['check_at_ms'], template: '${check_at_ms}' },
				},
			},
		},
		{ client, table },
	);
}

/** The ElectroDB entity of tasks. */
export type TaskEntity = ReturnType<typeof createTaskEntity>;

/** An item as ElectroDB reads it; a read with a projection lacks the other attributes. */
export type TaskItem = NonNullable<Awaited<ReturnType<ReturnType<TaskEntity['get']>['go']>>['data']>;

/** Returns the item of a task. */
export function toItem({ data, result, checkAtMs, ...task }: Task) {
	return {
		...task,
		shard: shardOf(task.taskId, LIST_SHARDS),
		...checkKeys(task.taskId, checkAtMs),
		...(data === undefined ? {} : { data: JSON.stringify(data) }),
		...(result === undefined ? {} : { result: JSON.stringify(result) }),
	};
}

/** Returns the keys that put a task into the index of open tasks. */
export function checkKeys(taskId: string, checkAtMs: number | undefined) {
	return checkAtMs === undefined ? {} : { open_shard: shardOf(taskId, OPEN_SHARDS), check_at_ms: checkAtMs };
}

/**
 * Returns the task of an item.
 * @throws UnexpectedShapeError if the item is not a task, before anything acts on it.
 */
export function fromItem({ data, result, check_at_ms, ...item }: TaskItem): Task {
	const task = {
		...item,
		...(check_at_ms === undefined ? {} : { checkAtMs: check_at_ms }),
		...(data === undefined ? {} : { data: JSON.parse(data) }),
		...(result === undefined ? {} : { result: JSON.parse(result) }),
	};
	return parseValue(Task, task, 'row of a task');
}

/** The last digits of an id are random, in a UUIDv7 and in a UUIDv8. */
function shardOf(taskId: string, shards: number): number {
	return Number.parseInt(taskId.slice(-4), 16) % shards;
}
