import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import {
	ConditionalCheckFailedException,
	DescribeTimeToLiveCommand,
	DynamoDBClient,
	GetItemCommand,
	PutItemCommand,
	ScanCommand,
	UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { type Test, test } from 'tap';
import { createTable } from '../../../src/local-aws/dynamodb/create-table.ts';
import { createDynamoDb } from '../../../src/local-aws/dynamodb/dynamodb.ts';
import { startTtlSweeper } from '../../../src/local-aws/dynamodb/ttl-sweeper.ts';
import { createManualClock } from '../../support/manual-clock.ts';

const TABLE = {
	AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
	KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
	TimeToLiveSpecification: { AttributeName: 'expires_at', Enabled: true },
};

async function open(t: Test, path?: string) {
	const dynamodb = createDynamoDb({ path });
	const server = createServer((request, response) => dynamodb.service.handle(request, response)).listen(
		0,
		'127.0.0.1',
	);
	await once(server, 'listening');
	const address = server.address();
	const port = typeof address === 'object' && address !== null ? address.port : 0;
	const client = new DynamoDBClient({
		region: 'us-east-1',
		endpoint: `http://127.0.0.1:${port}`,
		credentials: { accessKeyId: 'x', secretAccessKey: 'x' },
	});
	let isOpen = true;
	const close = async () => {
		if (!isOpen) return;
		isOpen = false;
		client.destroy();
		server.closeAllConnections();
		server.close();
		await dynamodb.close();
	};
	t.teardown(close);
	return { client, dynamodb, server, port, close };
}

const put = (client: DynamoDBClient, pk: string, more: Record<string, { N: string }> = {}) =>
	client.send(new PutItemCommand({ TableName: 'tasks', Item: { pk: { S: pk }, ...more } }));

test('a table of the template, its time to live and its conditions', async (t) => {
	const { client } = await open(t);
	await createTable(client, 'tasks', TABLE);
	t.match(await client.send(new DescribeTimeToLiveCommand({ TableName: 'tasks' })), {
		TimeToLiveDescription: { TimeToLiveStatus: 'ENABLED', AttributeName: 'expires_at' },
	});
	await put(client, 'a', { n: { N: '1' } });
	const update = {
		TableName: 'tasks',
		Key: { pk: { S: 'a' } },
		UpdateExpression: 'SET n = :n',
		ConditionExpression: 'n < :n',
		ExpressionAttributeValues: { ':n': { N: '2' } },
	};
	await client.send(new UpdateItemCommand(update));
	await t.rejects(client.send(new UpdateItemCommand(update)), ConditionalCheckFailedException);
	t.match(await client.send(new GetItemCommand({ TableName: 'tasks', Key: { pk: { S: 'a' } } })), {
		Item: { n: { N: '2' } },
	});
});

test('expired items are swept every minute, others stay', async (t) => {
	const { client, dynamodb } = await open(t);
	await createTable(client, 'tasks', TABLE);
	const clock = createManualClock();
	const nowSeconds = Math.floor(clock.now() / 1000);
	await put(client, 'over', { expires_at: { N: String(nowSeconds + 59) } });
	await put(client, 'later', { expires_at: { N: String(nowSeconds + 3600) } });
	await put(client, 'never');
	t.teardown(
		startTtlSweeper({ client, clock, timeToLive: dynamodb.timeToLive, onError: (error) => t.error(error) }),
	);
	const left = async () =>
		((await client.send(new ScanCommand({ TableName: 'tasks' }))).Items ?? [])
			.map(({ pk }) => pk?.S ?? '')
			.toSorted((a, b) => a.localeCompare(b));
	await clock.advance(59_000);
	t.strictSame(await left(), ['later', 'never', 'over']);
	await clock.advance(1000);
	while ((await left()).includes('over'));
	t.strictSame(await left(), ['later', 'never']);
});

test('a table outlasts a restart; other keys and indexes are refused', async (t) => {
	const path = `${t.testdir({})}/dynamodb`;
	const first = await open(t, path);
	await createTable(first.client, 'tasks', TABLE);
	await put(first.client, 'kept', { n: { N: '1' } });
	await first.close();

	const { client } = await open(t, path);
	await createTable(client, 'tasks', TABLE);
	t.match(await client.send(new GetItemCommand({ TableName: 'tasks', Key: { pk: { S: 'kept' } } })), {
		Item: { n: { N: '1' } },
	});
	const index = {
		IndexName: 'by-n',
		KeySchema: [{ AttributeName: 'n', KeyType: 'HASH' }],
		Projection: { ProjectionType: 'ALL' },
	};
	const definitions = [...TABLE.AttributeDefinitions, { AttributeName: 'n', AttributeType: 'N' }];
	const grown = { ...TABLE, AttributeDefinitions: definitions, GlobalSecondaryIndexes: [index] };
	await t.rejects(createTable(client, 'tasks', grown), { message: /tasks in DATA_DIR has no index by-n/ });
	const other = {
		...TABLE,
		KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
		AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
	};
	await t.rejects(createTable(client, 'tasks', other), { message: /tasks in DATA_DIR has other keys/ });
});

test('a client that hangs up in the middle of its request harms nobody', async (t) => {
	const { client, port } = await open(t);
	await createTable(client, 'tasks', TABLE);
	const socket = connect(port, '127.0.0.1');
	await once(socket, 'connect');
	socket.write(
		'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\nx-amz-target: DynamoDB_20120810.PutItem\r\n\r\n{',
	);
	socket.destroy();
	await once(socket, 'close');
	await put(client, 'after');
	t.match(await client.send(new GetItemCommand({ TableName: 'tasks', Key: { pk: { S: 'after' } } })), {
		Item: { pk: { S: 'after' } },
	});
});

test('closing waits for what is under way, and takes no more', async (t) => {
	const { client, dynamodb, server } = await open(t);
	await createTable(client, 'tasks', TABLE);
	await Promise.all(Array.from({ length: 300 }, (_, index) => put(client, `item ${index}`)));
	const scan = () => client.send(new ScanCommand({ TableName: 'tasks' }));
	const isRead = new Promise<unknown>((resolve) =>
		server.once('request', (request) => request.once('end', resolve)),
	);
	const look = scan();
	await isRead;
	await setImmediate();
	await dynamodb.close();
	t.equal((await look).Count, 300);
	await t.rejects(scan());
});
