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
	TransactGetItemsCommand,
	TransactWriteItemsCommand,
	UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { type Test, test } from 'tap';
import { createTable } from '../../../src/local-aws/dynamodb/create-table.ts';
import { createDynamoDb } from '../../../src/local-aws/dynamodb/dynamodb.ts';
import { startTtlSweeper } from '../../../src/local-aws/dynamodb/ttl-sweeper.ts';
import { createManualClock } from '../../support/manual-clock.ts';
import { pollUntil } from '../../support/poll.ts';

const TABLE = {
	AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
	KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
	TimeToLiveSpecification: { AttributeName: 'expires_at', Enabled: true },
};

async function open(t: Test, path?: string, now = Date.now) {
	const dynamodb = createDynamoDb({ path, now });
	const server = createServer({ keepAliveTimeout: 600_000 }, (request, response) =>
		dynamodb.service.handle(request, response),
	).listen(0, '127.0.0.1');
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

test('a table has the keys, the TTL and the conditions of the template', async (t) => {
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
	const remaining = await pollUntil('the removal of the expired item', async () => {
		const items = await left();
		return items.includes('over') ? undefined : items;
	});
	t.strictSame(remaining, ['later', 'never']);
});

test('a table survives a restart; other keys and indexes are refused', async (t) => {
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
	await t.rejects(createTable(client, 'tasks', grown), {
		message: /tasks in the data folder has no index by-n/,
	});
	const other = {
		...TABLE,
		KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
		AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
	};
	await t.rejects(createTable(client, 'tasks', other), {
		message: /tasks in the data folder has other keys/,
	});
});

test('a client that disconnects during its request affects no other client', async (t) => {
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

test('closing waits for requests in flight and accepts no more', async (t) => {
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

/** Returns all items of the table as text, by key. */
async function itemsOf(client: DynamoDBClient): Promise<Record<string, string>> {
	const { Items = [] } = await client.send(new ScanCommand({ TableName: 'tasks', ConsistentRead: true }));
	return Object.fromEntries(Items.map(({ pk, n }) => [pk?.S ?? '', n?.N ?? '']));
}

const TableName = 'tasks';
const exists = { ConditionExpression: 'attribute_exists(pk)' };
const isNew = { ConditionExpression: 'attribute_not_exists(pk)' };
const key = (pk: string) => ({ TableName, Key: { pk: { S: pk } } });
const putOf = (pk: string, n: string) => ({ Put: { TableName, Item: { pk: { S: pk }, n: { N: n } } } });
const addOne = (pk: string) => ({
	Update: { ...key(pk), UpdateExpression: 'ADD n :one', ExpressionAttributeValues: { ':one': { N: '1' } } },
});

test('a transaction applies all of its writes', async (t) => {
	const { client } = await open(t);
	await createTable(client, 'tasks', TABLE);
	for (const pk of ['kept', 'changed', 'gone']) await put(client, pk, { n: { N: '1' } });
	const TransactItems = [
		putOf('new', '7'),
		addOne('changed'),
		addOne('created'),
		{ Delete: { ...key('gone'), ...exists } },
		{ ConditionCheck: { ...key('kept'), ...exists } },
		{ ConditionCheck: { ...key('missing'), ...isNew } },
	];
	await client.send(new TransactWriteItemsCommand({ TransactItems }));
	t.strictSame(await itemsOf(client), { kept: '1', changed: '2', created: '1', new: '7' });
	const { Responses } = await client.send(
		new TransactGetItemsCommand({ TransactItems: [{ Get: key('new') }, { Get: key('gone') }] }),
	);
	t.strictSame(Responses, [{ Item: { pk: { S: 'new' }, n: { N: '7' } } }, {}]);
});

test('a transaction with a failed condition applies nothing and gives a reason for each item', async (t) => {
	const { client } = await open(t);
	await createTable(client, 'tasks', TABLE);
	for (const pk of ['a', 'b', 'c']) await put(client, pk, { n: { N: '1' } });
	const TransactItems = [
		putOf('a', '2'),
		addOne('b'),
		{ Delete: key('c') },
		addOne('d'),
		{ ConditionCheck: { ...key('e'), ...exists } },
		{ Put: { ...putOf('x', '1').Put, ...isNew } },
	];
	const conflict = {
		Put: {
			TableName,
			Item: { pk: { S: 'a2' } },
			...exists,
			ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const,
		},
	};
	const before = await itemsOf(client);
	await t.rejects(
		client.send(new TransactWriteItemsCommand({ TransactItems: [...TransactItems, conflict] })),
		{
			name: 'TransactionCanceledException',
			message: /\[None, None, None, None, ConditionalCheckFailed, None, ConditionalCheckFailed\]$/,
			CancellationReasons: [{}, {}, {}, {}, { Code: 'ConditionalCheckFailed', Message: String }],
		},
	);
	t.strictSame(await itemsOf(client), before);

	const taken = {
		Put: { ...putOf('b', '9').Put, ...isNew, ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const },
	};
	await t.rejects(client.send(new TransactWriteItemsCommand({ TransactItems: [taken] })), {
		name: 'TransactionCanceledException',
		CancellationReasons: [{ Item: { pk: { S: 'b' }, n: { N: '1' } } }],
	});
	const broken = { Update: { ...key('c'), UpdateExpression: 'SET' } };
	await t.rejects(client.send(new TransactWriteItemsCommand({ TransactItems: [putOf('a', '2'), broken] })), {
		name: 'ValidationException',
	});
	await t.rejects(
		client.send(new TransactWriteItemsCommand({ TransactItems: [addOne('a'), { Delete: key('a') }] })),
		{ name: 'ValidationException', message: /multiple operations on one item/ },
	);
	t.strictSame(await itemsOf(client), before);
});

test('a transaction is applied once per ClientRequestToken', async (t) => {
	let now = 0;
	const { client } = await open(t, undefined, () => now);
	await createTable(client, 'tasks', TABLE);
	const send = (pk: string) =>
		client.send(new TransactWriteItemsCommand({ TransactItems: [addOne(pk)], ClientRequestToken: 'token' }));
	await send('a');
	await send('a');
	t.strictSame(await itemsOf(client), { a: '1' });
	await t.rejects(send('b'), { name: 'IdempotentParameterMismatchException' });
	now += 10 * 60 * 1000;
	await send('a');
	t.strictSame(await itemsOf(client), { a: '2' });
});

test('readers never see half of a transaction', async (t) => {
	const { client } = await open(t);
	await createTable(client, 'tasks', TABLE);
	const both = { TransactItems: [addOne('a'), addOne('b')] };
	const writes = Array.from({ length: 20 }, () => client.send(new TransactWriteItemsCommand(both)));
	const reads = Array.from({ length: 20 }, () => itemsOf(client));
	for (const { a = '0', b = '0' } of await Promise.all(reads)) t.equal(a, b);
	await Promise.all(writes);
	t.strictSame(await itemsOf(client), { a: '20', b: '20' });
});

test('a failed condition returns the item if the request asks for it', async (t) => {
	const { client } = await open(t);
	await createTable(client, 'tasks', TABLE);
	await put(client, 'a', { n: { N: '1' } });
	const again = { ...putOf('a', '2').Put, ...isNew };
	const returned = new PutItemCommand({ ...again, ReturnValuesOnConditionCheckFailure: 'ALL_OLD' });
	await t.rejects(client.send(returned), {
		name: 'ConditionalCheckFailedException',
		Item: { pk: { S: 'a' }, n: { N: '1' } },
	});
	const error = await client.send(new PutItemCommand(again)).catch((caught: unknown) => caught);
	t.notOk(Object(error).Item);
});

test('an unknown operation is refused by name', async (t) => {
	const { port } = await open(t);
	for (const target of ['DynamoDB_20120810.ExecuteStatement', 'DynamoDB_20120810.']) {
		const response = await fetch(`http://127.0.0.1:${port}`, {
			method: 'POST',
			headers: { 'x-amz-target': target },
			body: '{}',
		});
		t.equal(response.status, 400);
		t.match(await response.json(), {
			__type: /UnknownOperationException$/,
			message: new RegExp(`no operation ${target.split('.')[1]}.*It has: .*TransactWriteItems`),
		});
	}
});
