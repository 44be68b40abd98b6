import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { Entity } from 'electrodb';
import { parseValue } from '../parse.ts';
import { type WebhookStore, Webhooks } from '../tasks/webhooks.ts';
import { ignoreConditionFailure, runOperation } from './conditional-write.ts';

/** Creates the store of subscriptions on DynamoDB, in the table of the tasks: one item for all those of a principal. */
export function createWebhookStore(client: DynamoDBClient, table: string): WebhookStore {
	// Created on first use: most cold starts need no webhook, and ElectroDB takes milliseconds to build a model.
	let created: ReturnType<typeof createWebhooksEntity> | undefined;
	const webhooks = () => (created ??= createWebhooksEntity(client, table));
	return {
		async find(principal) {
			const { data } = await runOperation(() => webhooks().get({ principal }).go({ consistent: true }));
			return data === null ? undefined : parseValue(Webhooks, data, 'webhooks of a principal');
		},

		async swap(before, next) {
			const written = await ignoreConditionFailure(() =>
				webhooks()
					.put({ ...next, version: (before?.version ?? 0) + 1 })
					.where(({ principal, version }, { notExists, eq }) =>
						before === undefined ? notExists(principal) : eq(version, before.version),
					)
					.go({ response: 'none' }),
			);
			return written !== undefined;
		},
	};
}

function createWebhooksEntity(client: DynamoDBClient, table: string) {
	return new Entity(
		{
			model: { service: 'task-api', entity: 'webhooks', version: '1' },
			attributes: {
				principal: { type: 'string', required: true },
				webhooks: { type: 'any', required: true },
				version: { type: 'number', required: true },
			},
			indexes: {
				webhooks: {
					pk: { field: 'pk', composite: ['principal'], casing: 'none' },
					sk: { field: 'sk', composite: [] },
				},
			},
		},
		{ client, table },
	);
}
