import {
	CreateTableCommand,
	DescribeTableCommand,
	type DynamoDBClient,
	type KeySchemaElement,
	ResourceInUseException,
	UpdateTimeToLiveCommand,
	waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import * as Type from 'typebox';
import { parseValue } from '../parse.ts';

const Keys = Type.Array(Type.Object({ AttributeName: Type.String(), KeyType: Type.Enum(['HASH', 'RANGE']) }));
const Index = Type.Object({
	IndexName: Type.String(),
	KeySchema: Keys,
	Projection: Type.Object({
		ProjectionType: Type.Optional(Type.Enum(['ALL', 'KEYS_ONLY', 'INCLUDE'])),
		NonKeyAttributes: Type.Optional(Type.Array(Type.String())),
	}),
});

/** The supported properties of `AWS::DynamoDB::Table`. */
const TableProperties = Type.Object({
	AttributeDefinitions: Type.Array(
		Type.Object({ AttributeName: Type.String(), AttributeType: Type.Enum(['S', 'N', 'B']) }),
	),
	KeySchema: Keys,
	GlobalSecondaryIndexes: Type.Optional(Type.Array(Index)),
	TimeToLiveSpecification: Type.Optional(
		Type.Object({ AttributeName: Type.String(), Enabled: Type.Boolean() }),
	),
});

const MAX_WAIT_SECONDS = 60;

/** The waiter's own delay is 20 seconds. */
const POLL_SECONDS = { minDelay: 0.01, maxDelay: 1 };

/** Creates the table unless it exists; resolves once it is active. @throws if it exists with other keys or indexes. */
export async function createTable(
	client: DynamoDBClient,
	TableName: string,
	properties: unknown,
): Promise<void> {
	const table = parseValue(TableProperties, properties, `table ${TableName}`);
	const { TimeToLiveSpecification, ...created } = table;
	try {
		await client.send(new CreateTableCommand({ TableName, BillingMode: 'PAY_PER_REQUEST', ...created }));
	} catch (error) {
		if (!(error instanceof ResourceInUseException)) throw error;
		await requireSame(client, TableName, table);
	}
	// dynalite activates a table after its answer. Until then other operations do not find it.
	await waitUntilTableExists({ client, maxWaitTime: MAX_WAIT_SECONDS, ...POLL_SECONDS }, { TableName });
	if (TimeToLiveSpecification !== undefined) {
		await client.send(new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification }));
	}
}

/** dynalite cannot change keys or add an index later. @throws if the existing table differs from the template. */
async function requireSame(
	client: DynamoDBClient,
	TableName: string,
	table: Type.Static<typeof TableProperties>,
): Promise<void> {
	const { Table } = await client.send(new DescribeTableCommand({ TableName }));
	const there = new Set(Table?.GlobalSecondaryIndexes?.map(({ IndexName }) => IndexName));
	const lacking = table.GlobalSecondaryIndexes?.find(({ IndexName }) => !there.has(IndexName));
	if (lacking === undefined && keyText(Table?.KeySchema ?? []) === keyText(table.KeySchema)) return;
	const what = lacking === undefined ? 'other keys than the template' : `no index ${lacking.IndexName}`;
	throw new Error(
		`The table ${TableName} in the data folder has ${what}. Move the folder away to start with empty data.`,
	);
}

function keyText(keys: readonly KeySchemaElement[]): string {
	return keys.map(({ AttributeName, KeyType }) => `${KeyType} ${AttributeName}`).join(', ');
}
