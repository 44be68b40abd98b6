import { type DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb';
import * as Type from 'typebox';
import { parseValue } from '../parse.ts';
import type { TaskStore } from '../tasks/task-store.ts';

/** Over how many partitions the open tasks of everybody are spread. */
export const OPEN_SHARDS = 8;

const Keys = Type.Object({
	principal: Type.Object({ S: Type.String() }),
	task_id: Type.Object({ S: Type.String() }),
});

/** The open tasks whose check is due, in each shard those that have waited longest. The index holds open tasks only. */
export function createDueTasks(client: DynamoDBClient, table: string): TaskStore['findDueTasks'] {
	return async (nowMs, limit) => {
		const shards = await Promise.all(
			Array.from({ length: OPEN_SHARDS }, async (_, shard) => {
				const { Items = [] } = await client.send(
					new QueryCommand({
						TableName: table,
						IndexName: 'open',
						KeyConditionExpression: 'open_shard = :shard AND check_at_ms <= :now',
						ExpressionAttributeValues: { ':shard': { N: String(shard) }, ':now': { N: String(nowMs) } },
						Limit: Math.ceil(limit / OPEN_SHARDS),
					}),
				);
				return Items.map((item) => parseValue(Keys, item, 'an item of the index open'));
			}),
		);
		return shards.flat().map(({ principal, task_id }) => ({ principal: principal.S, taskId: task_id.S }));
	};
}
