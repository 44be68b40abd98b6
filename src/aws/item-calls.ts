import { type DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';

type Values = Readonly<Record<string, unknown>>;

/**
 * Sends the two calls that nearly every request makes, with items and keys as ElectroDB makes them. ElectroDB's own way
 * composes whatever a call might need and puts a command's middleware together anew each time: a fifth of a GET.
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

		/** Writes a whole item where the condition holds. */
		put: (item: Values, condition: string, values: Values): Promise<object> =>
			client.send(
				new PutItemCommand({
					TableName,
					Item: marshall(item),
					ConditionExpression: condition,
					ExpressionAttributeValues: marshall(values),
				}),
			),
	};
}
