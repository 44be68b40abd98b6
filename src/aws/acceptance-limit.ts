import {
	ConditionalCheckFailedException,
	type DynamoDBClient,
	UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { AcceptanceLimit } from '../tasks/acceptance-limit.ts';

const WINDOW_MS = 60_000;

/** A counter outlives its minute by this much, in case the clocks of two functions differ. */
const RETENTION_SECONDS = 600;

/** Settings of a limit. */
export interface AcceptanceLimitSettings {
	readonly table: string;
	/** What is counted; each name has counters of its own. */
	readonly name: 'tasks' | 'events';
	/** Maximum weight per principal and minute; 0: no limit. */
	readonly perMinute: number;
}

/** Creates a limit that holds across all Lambdas: one counter in the table per principal and minute. `undefined`: none. */
export function createAcceptanceLimit(
	client: DynamoDBClient,
	{ table, name, perMinute }: AcceptanceLimitSettings,
): AcceptanceLimit | undefined {
	if (perMinute === 0) return undefined;
	return {
		async take(principal, nowMs, weight) {
			const window = Math.floor(nowMs / WINDOW_MS);
			const endsAtMs = (window + 1) * WINDOW_MS;
			// A task heavier than the limit takes the whole minute, rather than never being accepted.
			const counted = Math.min(weight, perMinute);
			const resetSeconds = Math.max(1, Math.ceil((endsAtMs - nowMs) / 1000));
			const allowance = (isTaken: boolean, accepted: string | undefined) => {
				const remaining = Math.max(0, perMinute - Number(accepted ?? perMinute));
				return { isTaken, name, perMinute, remaining, resetSeconds };
			};
			try {
				const { Attributes } = await client.send(
					new UpdateItemCommand({
						TableName: table,
						Key: { pk: { S: `$task-api#${name}_${window}#${principal}` }, sk: { S: `$${name}_1` } },
						UpdateExpression: 'ADD accepted :weight SET expires_at = :expires',
						ConditionExpression: 'attribute_not_exists(accepted) OR accepted <= :room',
						ExpressionAttributeValues: {
							':weight': { N: String(counted) },
							':room': { N: String(perMinute - counted) },
							':expires': { N: String(Math.ceil(endsAtMs / 1000) + RETENTION_SECONDS) },
						},
						ReturnValues: 'UPDATED_NEW',
						ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
					}),
				);
				return allowance(true, Attributes?.['accepted']?.N);
			} catch (error) {
				if (!(error instanceof ConditionalCheckFailedException)) throw error;
				return allowance(false, error.Item?.['accepted']?.N);
			}
		},
	};
}
