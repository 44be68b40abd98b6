import {
	type DynamoDBClient,
	GetItemCommand,
	PutItemCommand,
	UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { ignoreConditionFailure } from './conditional-write.ts';

type Values = Readonly<Record<string, unknown>>;

/** What ElectroDB makes of an update. */
export interface UpdateParams {
	readonly Key: Values;
	readonly UpdateExpression: string;
	readonly ExpressionAttributeNames: Record<string, string>;
	readonly ExpressionAttributeValues: Values;
}

/**
 * Sends what nearly every task needs, with keys, items and updates as ElectroDB makes them. ElectroDB's own way puts a
 * command's middleware together anew each time, a fifth of a GET, and for a condition makes a proxy of every attribute.
 */
export function createItemCalls(client: DynamoDBClient, TableName: string) {
	return {
		/** Reads what was last written. */
		async get(key: Values): Promise<Values | undefined> {
			const { Item } = await client.send(
				new GetItemCommand({ TableName, Key: marshall(key), ConsistentRead: true }),
			);
			return Item === undefined ? undefined : unmarshall(Item);
		},

		/** Writes a whole item where the condition holds, and says whether it did. */
		async put(item: Values, condition: string, values: Values): Promise<boolean> {
			const command = new PutItemCommand({
				TableName,
				Item: marshall(item),
				ConditionExpression: condition,
				ExpressionAttributeValues: marshall(values),
			});
			return (await ignoreConditionFailure(() => client.send(command))) !== undefined;
		},

		/** The item as it is then; undefined where the condition does not hold. */
		async update(
			{ Key, ExpressionAttributeValues, ...update }: UpdateParams,
			condition: string,
			values: Values,
		): Promise<Values | undefined> {
			const command = new UpdateItemCommand({
				...update,
				TableName,
				Key: marshall(Key),
				ConditionExpression: condition,
				ExpressionAttributeValues: marshall({ ...ExpressionAttributeValues, ...values }),
				ReturnValues: 'ALL_NEW',
			});
			const written = await ignoreConditionFailure(() => client.send(command));
			return written === undefined ? undefined : unmarshall(written.Attributes ?? {});
		},
	};
}
