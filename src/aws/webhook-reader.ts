import { type DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { parseValue } from '../parse.ts';
import { WEBHOOK_CACHE_MS, type Webhook, Webhooks } from '../tasks/webhooks.ts';

/** Principals whose subscriptions a function keeps at most. */
const MAX_CACHED_PRINCIPALS = 1000;

interface Cached {
	readonly readAtMs: number;
	readonly webhooks: Promise<readonly Webhook[]>;
}

/** The table and the clock of a reader. */
export interface WebhookReaderSettings {
	readonly table: string;
	readonly now: () => number;
}

/**
 * Creates a cached reader of a principal's subscriptions for the path of every new task. It uses no ElectroDB, whose model
 * would cost each cold start milliseconds; most principals have no item.
 */
export function createWebhookReader(client: DynamoDBClient, { table, now }: WebhookReaderSettings) {
	const cache = new Map<string, Cached>();
	return (principal: string): Promise<readonly Webhook[]> => {
		const cached = cache.get(principal);
		if (cached !== undefined && now() - cached.readAtMs < WEBHOOK_CACHE_MS) return cached.webhooks;
		if (cache.size >= MAX_CACHED_PRINCIPALS) cache.clear();
		const entry = { readAtMs: now(), webhooks: read(client, table, principal) };
		cache.set(principal, entry);
		// A failed read is not kept.
		entry.webhooks.catch(() => cache.get(principal) === entry && cache.delete(principal));
		return entry.webhooks;
	};
}

async function read(client: DynamoDBClient, table: string, principal: string): Promise<readonly Webhook[]> {
	const { Item } = await client.send(
		new GetItemCommand({
			TableName: table,
			// The keys of the store's ElectroDB entity.
			Key: { pk: { S: `$task-api#principal_${principal}` }, sk: { S: '$webhooks_1' } },
			ProjectionExpression: 'principal, webhooks, version',
			ConsistentRead: true,
		}),
	);
	return Item === undefined ? [] : parseValue(Webhooks, unmarshall(Item), 'webhooks of a principal').webhooks;
}
