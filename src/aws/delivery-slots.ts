import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { Entity } from 'electrodb';
import type { DeliverySlots } from '../tasks/delivery-slots.ts';
import { ignoreConditionFailure, runOperation } from './conditional-write.ts';

/** How long the item of a slot outlives its use. */
const RETENTION_SECONDS = 600;

/** Creates the slots of webhooks on DynamoDB, in the table of the tasks: one item per slot in use. */
export function createDeliverySlots(client: DynamoDBClient, table: string, now: () => number): DeliverySlots {
	const slots = new Entity(
		{
			model: { service: 'task-api', entity: 'slot', version: '1' },
			attributes: {
				principal: { type: 'string', required: true },
				webhookId: { type: 'string', required: true, field: 'webhook_id' },
				slot: { type: 'number', required: true },
				untilMs: { type: 'number', required: true, field: 'until_ms' },
				expiresAtSeconds: { type: 'number', required: true, field: 'expires_at' },
			},
			indexes: {
				slot: {
					pk: { field: 'pk', composite: ['principal', 'webhookId', 'slot'], casing: 'none' },
					sk: { field: 'sk', composite: [] },
				},
			},
		},
		{ client, table },
	);
	return {
		async take({ principal, webhookId, slot }, untilMs) {
			const expiresAtSeconds = Math.ceil(untilMs / 1000) + RETENTION_SECONDS;
			const written = await ignoreConditionFailure(() =>
				slots
					.put({ principal, webhookId, slot, untilMs, expiresAtSeconds })
					.where((item, { notExists, lte }) => `${notExists(item.slot)} OR ${lte(item.untilMs, now())}`)
					.go({ response: 'none' }),
			);
			return written !== undefined;
		},
		async free({ principal, webhookId, slot }) {
			await runOperation(() => slots.delete({ principal, webhookId, slot }).go());
		},
	};
}
