import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { Entity } from 'electrodb';
import { parseJson, parseValue } from '../parse.ts';
import { DELIVERY_STATUSES, Delivery, type DeliveryKey } from '../tasks/deliveries.ts';
import { TASK_EVENTS, TEST_EVENT } from '../tasks/webhooks.ts';

/** The first partition of deliveries in the index `open`; those before it hold tasks. */
export const FIRST_DELIVERY_SHARD = 100;

/** Partitions of the deliveries in the index `open`. */
export const DELIVERY_SHARDS = 8;

/**
 * Creates the ElectroDB entity of a delivery's item. It shares the indexes of tasks: `list` has the deliveries of a task,
 * and `open` those with a scheduled check, in partitions of their own.
 */
export function createDeliveryEntity(client: DynamoDBClient, table: string) {
	return new Entity(
		{
			model: { service: 'task-api', entity: 'delivery', version: '1' },
			attributes: {
				principal: { type: 'string', required: true },
				webhookId: { type: 'string', required: true, field: 'webhook_id' },
				deliveryId: { type: 'string', required: true, field: 'delivery_id' },
				/** `<webhook id>/<delivery id>`. The indexes project this field, which is the task's id in the item of a task. */
				reference: { type: 'string', required: true, field: 'task_id' },
				/** The id of the task, or of the webhook for a test. */
				subject: { type: 'string', required: true },
				event: { type: [...TASK_EVENTS, TEST_EVENT] as const, required: true },
				task: { type: 'string' },
				isResultOmitted: { type: 'boolean', field: 'is_result_omitted' },
				url: { type: 'string' },
				createdAtMs: { type: 'number', required: true, field: 'created_at_ms' },
				status: { type: DELIVERY_STATUSES, required: true },
				attempts: { type: 'any', required: true },
				failures: { type: 'number', required: true },
				nextAttemptAtMs: { type: 'number', field: 'next_attempt_at_ms' },
				// Named like their fields, as in the item of a task.
				open_shard: { type: 'number', hidden: true },
				check_at_ms: { type: 'number' },
				claimedUntilMs: { type: 'number', field: 'claimed_until_ms' },
				finishedAtMs: { type: 'number', field: 'finished_at_ms' },
				deadReason: { type: 'string', field: 'dead_reason' },
				expiresAtSeconds: { type: 'number', required: true, field: 'expires_at' },
				version: { type: 'number', required: true },
			},
			indexes: {
				delivery: {
					pk: { field: 'pk', composite: ['principal', 'webhookId'], casing: 'none' },
					sk: { field: 'sk', composite: ['deliveryId'] },
				},
				list: {
					index: 'list',
					projection: ['reference', 'createdAtMs'],
					pk: { field: 'list_pk', composite: ['principal', 'subject'], casing: 'none' },
					sk: { field: 'list_sk', composite: ['createdAtMs', 'deliveryId'] },
				},
				open: {
					index: 'open',
					projection: ['principal', 'reference', 'check_at_ms'],
					pk: { field: 'open_shard', composite: ['open_shard'], template: '${open_shard}' },
					sk: { field: 'check_at_ms', composite: ['check_at_ms'], template: '${check_at_ms}' },
				},
			},
		},
		{ client, table },
	);
}

/** The ElectroDB entity of deliveries. */
export type DeliveryEntity = ReturnType<typeof createDeliveryEntity>;

type DeliveryItem = NonNullable<Awaited<ReturnType<ReturnType<DeliveryEntity['get']>['go']>>['data']>;

/** Returns the item of a delivery. */
export function toDeliveryItem({ task, checkAtMs, ...delivery }: Delivery) {
	return {
		...delivery,
		reference: `${delivery.webhookId}/${delivery.deliveryId}`,
		subject: task?.taskId ?? delivery.webhookId,
		...(task === undefined ? {} : { task: JSON.stringify(task) }),
		...(checkAtMs === undefined
			? {}
			: { open_shard: FIRST_DELIVERY_SHARD + shardOf(delivery.deliveryId), check_at_ms: checkAtMs }),
	};
}

/**
 * Returns the delivery of an item.
 * @throws UnexpectedShapeError if the item is not a delivery.
 */
export function fromDeliveryItem({
	task,
	check_at_ms,
	reference: _reference,
	subject: _subject,
	...item
}: DeliveryItem): Delivery {
	const delivery = {
		...item,
		...(check_at_ms === undefined ? {} : { checkAtMs: check_at_ms }),
		...(task === undefined ? {} : { task: parseJson(Delivery.properties.task, task, 'task of a delivery') }),
	};
	return parseValue(Delivery, delivery, 'delivery');
}

/** Returns the key that a reference contains. */
export function keyOfReference(principal: string, reference: string): DeliveryKey {
	const [webhookId = '', deliveryId = ''] = reference.split('/');
	return { principal, webhookId, deliveryId };
}

/** The last digits of an id are random. */
function shardOf(deliveryId: string): number {
	return Number.parseInt(deliveryId.slice(-4), 16) % DELIVERY_SHARDS;
}
