import { type DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';

type Values = Readonly<Record<string, unknown>>;

/** What ElectroDB composes for a read of one item. */
export interface ComposedGet {
	readonly TableName: string;
	readonly Key: Values;
	readonly ConsistentRead?: boolean;
}

/** What ElectroDB composes for a write of a whole item. */
export interface ComposedPut {
	readonly TableName: string;
	readonly Item: Values;
	readonly ConditionExpression: string;
	readonly ExpressionAttributeNames: Readonly<Record<string, string>>;
	readonly ExpressionAttributeValues: Values;
}

/**
 * Sends what ElectroDB has composed for the two calls that nearly every request makes. ElectroDB's own way puts a
 * command's middleware together anew for each call, which takes a tenth of a request.
 */
export function createItemSender(client: DynamoDBClient) {
	return {
		async get({ Key, ...params }: ComposedGet): Promise<Values | undefined> {
			const { Item } = await client.send(new GetItemCommand({ ...params, Key: marshall(Key) }));
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
