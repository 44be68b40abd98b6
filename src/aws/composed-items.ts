import { type DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';

type Values = Readonly<Record<string, unknown>>;

/** What ElectroDB composes for a write of a whole item. */
export interface ComposedPut {
	readonly TableName: string;
	readonly Item: Values;
	readonly ConditionExpression: string;
	readonly ExpressionAttributeNames: Readonly<Record<string, string>>;
	readonly ExpressionAttributeValues: Values;
}

/**
 * Sends what ElectroDB has composed for the two calls that nearly every request makes. ElectroDB's own way composes
 * whatever a call might need and puts a command's middleware together anew each time: a fifth of a GET.
 */
export function createItemSender(client: DynamoDBClient, TableName: string) {
	return {
		/** Reads what was last written. */
		async get(key: Values): Promise<Values | undefined> {
			const { Item } = await client.send(
				new GetItemCommand({ TableName, Key: marshall(key), ConsistentRead: true }),
			);
			return Item === undefined ? undefined : unmarshall(Item);
		},

		async put({ Item, ExpressionAttributeValues, ...params }: ComposedPut): Promise<void> {
			await client.send(
				new PutItemCommand({
					...params,
					Item: marshall(Item),
					ExpressionAttributeValues: marshall(ExpressionAttributeValues),
				}),
			);
		},
	};
}
