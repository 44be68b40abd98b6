import {
	ConditionalCheckFailedException,
	type DynamoDBClient,
	UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { type AcceptanceLimit, UNLIMITED } from '../tasks/acceptance-limit.ts';

const WINDOW_MS = 60_000;

/** A counter is of no use once its minute is over; its item stays a little longer, for clocks that are apart. */
const KEPT_SECONDS = 600;

/** A limit that holds across all Lambdas: a counter in the table for each principal and minute. 0 is no limit. */
export function createAcceptanceLimit(
	client: DynamoDBClient,
	{ table, tasksPerMinute }: { readonly table: string; readonly tasksPerMinute: number },
): AcceptanceLimit {
	if (tasksPerMinute === 0) return UNLIMITED;
	return {
		async take(principal, nowMs) {
			const window = Math.floor(nowMs / WINDOW_MS);
			const endsAtMs = (window + 1) * WINDOW_MS;
			try {
				await client.send(
					new UpdateItemCommand({
						TableName: table,
						Key: { pk: { S: `$task-api#accepted_${window}#${principal}` }, sk: { S: '$accepted_1' } },
						UpdateExpression: 'ADD accepted :one SET expires_at = :expires',
						ConditionExpression: 'attribute_not_exists(accepted) OR accepted < :limit',
						ExpressionAttributeValues: {
							':one': { N: '1' },
							':limit': { N: String(tasksPerMinute) },
							':expires': { N: String(Math.ceil(endsAtMs / 1000) + KEPT_SECONDS) },
						},
					}),
				);
				return 'taken';
			} catch (error) {
				if (!(error instanceof ConditionalCheckFailedException)) throw error;
				return { retryAfterSeconds: Math.max(1, Math.ceil((endsAtMs - nowMs) / 1000)) };
			}
		},
	};
}
