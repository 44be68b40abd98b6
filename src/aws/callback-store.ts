import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { Entity } from 'electrodb';
import { parseValue } from '../parse.ts';
import { Callback, REMEMBERED_SECONDS } from '../tasks/callback.ts';
import type { CallbackStore } from '../tasks/callback-store.ts';
import { ignoreConditionFailure, runOperation } from './conditional-write.ts';

/** The callback store on DynamoDB, in the table of the tasks. An item's time to live begins at its deadline. */
export function createCallbackStore(client: DynamoDBClient, table: string): CallbackStore {
	// Made with the first use: most starts have none, and ElectroDB takes milliseconds over a model.
	let made: ReturnType<typeof createCallbackEntity> | undefined;
	const callbacks = () => (made ??= createCallbackEntity(client, table));
	return {
		async find(callbackKey) {
			const { data } = await runOperation(() => callbacks().get({ callbackKey }).go({ consistent: true }));
			if (data === null) return undefined;
			const { answer, ...item } = data;
			const row = { ...item, ...(answer === undefined ? {} : { answer: JSON.parse(answer) }) };
			return parseValue(Callback, row, 'row of a callback');
		},

		async swap(before, { answer, ...next }) {
			const item = {
				...next,
				...(answer === undefined ? {} : { answer: JSON.stringify(answer) }),
				version: (before?.version ?? 0) + 1,
				expiresAtSeconds: Math.ceil(next.deadlineAtMs / 1000) + REMEMBERED_SECONDS,
			};
			const written = await ignoreConditionFailure(() =>
				callbacks()
					.put(item)
					.where(({ callbackKey, version }, { notExists, eq }) =>
						before === undefined ? notExists(callbackKey) : eq(version, before.version),
					)
					.go({ response: 'none' }),
			);
			return written !== undefined;
		},
	};
}

function createCallbackEntity(client: DynamoDBClient, table: string) {
	return new Entity(
		{
			model: { service: 'task-api', entity: 'callback', version: '1' },
			attributes: {
				callbackKey: { type: 'string', required: true, field: 'callback_key' },
				principal: { type: 'string', required: true },
				taskId: { type: 'string', required: true, field: 'task_id' },
				createdAtMs: { type: 'number', required: true, field: 'created_at_ms' },
				token: { type: 'string' },
				deadlineAtMs: { type: 'number', required: true, field: 'deadline_at_ms' },
				answer: { type: 'string' },
				deliveredAtMs: { type: 'number', field: 'delivered_at_ms' },
				helpedAtMs: { type: 'number', field: 'helped_at_ms' },
				closedAtMs: { type: 'number', field: 'closed_at_ms' },
				version: { type: 'number', required: true },
				expiresAtSeconds: { type: 'number', required: true, field: 'expires_at', hidden: true },
			},
			indexes: {
				callback: {
					pk: { field: 'pk', composite: ['callbackKey'], casing: 'none' },
					sk: { field: 'sk', composite: [] },
				},
			},
		},
		{ client, table },
	);
}
