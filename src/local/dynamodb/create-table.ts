import {
	CreateTableCommand,
	DescribeTableCommand,
	type DynamoDBClient,
	type KeySchemaElement,
	ResourceInUseException,
	UpdateTableCommand,
	UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import { type Static, Type } from 'typebox';
import { parseValue } from '../../parse.ts';

const Keys = Type.Array(Type.Object({ AttributeName: Type.String(), KeyType: Type.Enum(['HASH', 'RANGE']) }));
const Index = Type.Object({
	IndexName: Type.String(),
	KeySchema: Keys,
	Projection: Type.Object({
		ProjectionType: Type.Optional(Type.Enum(['ALL', 'KEYS_ONLY', 'INCLUDE'])),
		NonKeyAttributes: Type.Optional(Type.Array(Type.String())),
	}),
});

/** What of `AWS::DynamoDB::Table` counts on a laptop. */
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

/** Makes the table of the template, or what it has grown since the last time. Throws where its keys are others now. */
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
		await growTable(client, TableName, table);
	}
	if (TimeToLiveSpecification !== undefined) {
		await client.send(new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification }));
	}
}

async function growTable(
	client: DynamoDBClient,
	TableName: string,
	table: Static<typeof TableProperties>,
): Promise<void> {
	const { Table } = await client.send(new DescribeTableCommand({ TableName }));
	if (keyText(Table?.KeySchema ?? []) !== keyText(table.KeySchema)) {
		throw new Error(
			`The table ${TableName} in DATA_DIR has other keys than the template. Move DATA_DIR away to begin anew.`,
		);
	}
	const there = new Set(Table?.GlobalSecondaryIndexes?.map(({ IndexName }) => IndexName));
	// dynalite asks for it even where the table is billed by request.
	const ProvisionedThroughput = { ReadCapacityUnits: 1, WriteCapacityUnits: 1 };
	for (const index of table.GlobalSecondaryIndexes ?? []) {
		if (there.has(index.IndexName)) continue;
		const { AttributeDefinitions } = table;
		await client.send(
			new UpdateTableCommand({
				TableName,
				AttributeDefinitions,
				GlobalSecondaryIndexUpdates: [{ Create: { ...index, ProvisionedThroughput } }],
			}),
		);
		while (!(await isActive(client, TableName, index.IndexName)));
	}
}

/** Whether the index can be used; at first the table does not even tell of it. */
async function isActive(client: DynamoDBClient, TableName: string, index: string): Promise<boolean> {
	const { Table } = await client.send(new DescribeTableCommand({ TableName }));
	const created = Table?.GlobalSecondaryIndexes?.find(({ IndexName }) => IndexName === index);
	return Table?.TableStatus === 'ACTIVE' && created?.IndexStatus === 'ACTIVE';
}

function keyText(keys: readonly KeySchemaElement[]): string {
	return keys.map(({ AttributeName, KeyType }) => `${KeyType} ${AttributeName}`).join(', ');
}
