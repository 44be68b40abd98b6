import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { Entity } from 'electrodb';
import { parseJson, parseValue } from '../parse.ts';
import {
	CALLBACK_RETENTION_SECONDS,
	Callback,
	CallbackAnswer,
	CallbackRequest,
	type CallbackStore,
} from '../tasks/callbacks.ts';
import { ignoreConditionFailure, runOperation } from './conditional-write.ts';

/** Members that are stored as JSON text, since DynamoDB's own types do not hold every JSON value. */
const Encoded = { answer: CallbackAnswer, request: CallbackRequest };

/** The callback store on DynamoDB, in the table of the tasks. The time to live of an item starts at its deadline. */
export function createCallbackStore(client: DynamoDBClient, table: string): CallbackStore {
	// Created on first use: most cold starts need no callback, and ElectroDB takes milliseconds to build a model.
	let created: ReturnType<typeof createCallbackEntity> | undefined;
	const callbacks = () => (created ??= createCallbackEntity(client, table));
	return {
		async find({ principal, callbackKey }) {
			const { data } = await runOperation(() =>
				callbacks().get({ principal, callbackKey }).go({ consistent: true }),
			);
			if (data === null) return undefined;
			const { answer, request, ...item } = data;
			const callback = {
				...item,
				...(answer === undefined ? {} : { answer: parseJson(Encoded.answer, answer, 'callback answer') }),
				...(request === undefined
					? {}
					: { request: parseJson(Encoded.request, request, 'callback request') }),
			};
			return parseValue(Callback, callback, 'callback');
		},

		async swap(before, { answer, request, ...next }) {
			const item = {
				...next,
				...(answer === undefined ? {} : { answer: JSON.stringify(answer) }),
				...(request === undefined ? {} : { request: JSON.stringify(request) }),
				version: (before?.version ?? 0) + 1,
				expiresAtSeconds: Math.ceil(next.deadlineAtMs / 1000) + CALLBACK_RETENTION_SECONDS,
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
				principal: { type: 'string', required: true },
				callbackKey: { type: 'string', required: true, field: 'callback_key' },
				taskId: { type: 'string', required: true, field: 'task_id' },
				createdAtMs: { type: 'number', required: true, field: 'created_at_ms' },
				request: { type: 'string' },
				token: { type: 'string' },
				sinceMs: { type: 'number', required: true, field: 'since_ms' },
				deadlineAtMs: { type: 'number', required: true, field: 'deadline_at_ms' },
				redriveCount: { type: 'number', field: 'redrive_count' },
				answer: { type: 'string' },
				deliveredAtMs: { type: 'number', field: 'delivered_at_ms' },
				deliveryFailedAtMs: { type: 'number', field: 'delivery_failed_at_ms' },
				redeliveryStartedAtMs: { type: 'number', field: 'redelivery_started_at_ms' },
				closedAtMs: { type: 'number', field: 'closed_at_ms' },
				version: { type: 'number', required: true },
				expiresAtSeconds: { type: 'number', required: true, field: 'expires_at', hidden: true },
			},
			indexes: {
				callback: {
					// A callback key has no `#`, so that two pairs of principal and key never give the same text.
					pk: { field: 'pk', composite: ['principal', 'callbackKey'], casing: 'none' },
					sk: { field: 'sk', composite: [] },
				},
			},
		},
		{ client, table },
	);
}
