import {
	DeleteItemCommand,
	DescribeTableCommand,
	type DynamoDBClient,
	paginateScan,
} from '@aws-sdk/client-dynamodb';
import type { Clock } from '../clock.ts';

/** Dependencies of {@link startTtlSweeper}. */
export interface TtlSweeperDependencies {
	readonly client: DynamoDBClient;
	readonly clock: Clock;
	readonly timeToLive: ReadonlyMap<string, string>;
	readonly onError: (error: unknown) => void;
}

/** DynamoDB takes up to two days, which is too long for a laptop. */
const EVERY_MS = 60_000;

/** Deletes expired items every minute until the returned function is called. */
export function startTtlSweeper({ client, clock, timeToLive, onError }: TtlSweeperDependencies): () => void {
	let cancel = () => {};
	const again = () => {
		cancel = clock.after(EVERY_MS, () => {
			const sweeps = [...timeToLive].map(([table, attribute]) =>
				sweep(client, table, attribute, Math.floor(clock.now() / 1000)),
			);
			Promise.all(sweeps).catch(onError).finally(again);
		});
	};
	again();
	return () => cancel();
}

/** Deletes the items that expired before `nowSeconds` (epoch), unless they were written again meanwhile. */
export async function sweep(
	client: DynamoDBClient,
	table: string,
	attribute: string,
	nowSeconds: number,
): Promise<void> {
	const { Table } = await client.send(new DescribeTableCommand({ TableName: table }));
	const keys = (Table?.KeySchema ?? []).flatMap(({ AttributeName }) => AttributeName ?? []);
	const expired = {
		ExpressionAttributeNames: { '#ttl': attribute },
		ExpressionAttributeValues: { ':now': { N: String(nowSeconds) } },
	};
	for await (const { Items = [] } of paginateScan(
		{ client },
		{ TableName: table, FilterExpression: '#ttl <= :now', ...expired },
	)) {
		for (const item of Items) {
			const Key = Object.fromEntries(
				keys.flatMap((key) => (item[key] === undefined ? [] : [[key, item[key]]])),
			);
			await client
				.send(
					new DeleteItemCommand({ TableName: table, Key, ConditionExpression: '#ttl <= :now', ...expired }),
				)
				.catch((error: unknown) => {
					if (!(error instanceof Error && error.name === 'ConditionalCheckFailedException')) throw error;
				});
		}
	}
}
