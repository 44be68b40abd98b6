import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { Entity } from 'electrodb';
import { TASK_STATUSES } from '../tasks/task.ts';

/** Over how many partitions the list of one principal is spread; each takes 1,000 writes a second. */
export const LIST_SHARDS = 8;

/**
 * A task's item. The partition key holds the principal, so that no request can reach another's task.
 * `data` and `result` are JSON texts: DynamoDB's own types would not give back every JSON as it was.
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
				createdAtMs: { type: 'number', required: true, field: 'created_at_ms' },
				updatedAtMs: { type: 'number', required: true, field: 'updated_at_ms' },
				startedAtMs: { type: 'number', field: 'started_at_ms' },
				finishedAtMs: { type: 'number', field: 'finished_at_ms' },
				expiresAtSeconds: { type: 'number', field: 'expires_at' },
				/** Both are there while the task is open: the index `open` holds no other. It is queried as it is, without ElectroDB's keys. */
				openShard: { type: 'number', field: 'open_shard', hidden: true },
				checkAtMs: { type: 'number', field: 'check_at_ms' },
				redriveCount: { type: 'number', required: true, field: 'redrive_count' },
				statusOrder: { type: 'number', required: true, field: 'status_order' },
				revision: { type: 'number', required: true },
				cancelRequestedAtMs: { type: 'number', field: 'cancel_requested_at_ms' },
				cancelRequestedRedrive: { type: 'number', field: 'cancel_requested_redrive' },
				callbackKey: { type: 'string', field: 'callback_key' },
				waitingFor: { type: 'any', field: 'waiting_for' },
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
				/** Which of a principal's lists the task is in, so that none of them is one hot partition. */
				shard: { type: 'number', required: true, hidden: true },
			},
			indexes: {
				task: {
					pk: { field: 'pk', composite: ['principal', 'taskId'], casing: 'none' },
					sk: { field: 'sk', composite: [] },
				},
				/** A principal's tasks by age. Its keys never change, so that no later write of the row costs a second one. */
				list: {
					index: 'list',
					pk: { field: 'list_pk', composite: ['principal', 'shard'], casing: 'none' },
					sk: { field: 'list_sk', composite: ['createdAtMs', 'taskId'] },
				},
			},
		},
		{ client, table },
	);
}

export type TaskEntity = ReturnType<typeof createTaskEntity>;
