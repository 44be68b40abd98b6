import { once } from 'node:events';
import { createServer } from 'node:http';
import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { type Test, test } from 'tap';
import { createAcceptanceLimit } from '../../src/aws/acceptance-limit.ts';
import { createCallbackStore } from '../../src/aws/callback-store.ts';
import { createDeliverySlots } from '../../src/aws/delivery-slots.ts';
import { createDeliveryStore } from '../../src/aws/delivery-store.ts';
import { createScheduleStore } from '../../src/aws/schedule-store.ts';
import { createTaskStore } from '../../src/aws/task-store.ts';
import { createWebhookReader } from '../../src/aws/webhook-reader.ts';
import { createWebhookStore } from '../../src/aws/webhook-store.ts';
import { createTable } from '../../src/local-aws/dynamodb/create-table.ts';
import { createDynamoDb } from '../../src/local-aws/dynamodb/dynamodb.ts';
import { ServiceUnavailableError } from '../../src/tasks/service-unavailable.ts';
import { WEBHOOK_CACHE_MS } from '../../src/tasks/webhooks.ts';
import { callbackStoreContract } from '../support/callback-store-contract.ts';
import { deliveryStoreContract } from '../support/delivery-store-contract.ts';
import { exampleTask } from '../support/example-task.ts';
import { startHttpReceiver } from '../support/http-receiver.ts';
import { createMemoryCallbackStore } from '../support/memory-callback-store.ts';
import { createMemoryDeliverySlots } from '../support/memory-delivery-slots.ts';
import { createMemoryDeliveryStore } from '../support/memory-delivery-store.ts';
import { createMemoryScheduleStore } from '../support/memory-schedule-store.ts';
import { createMemoryTaskStore } from '../support/memory-task-store.ts';
import { createRecordingLog } from '../support/recording-log.ts';
import { scheduleStoreContract } from '../support/schedule-store-contract.ts';
import { taskStoreContract } from '../support/task-store-contract.ts';

/** The keys that the template gives the table. */
const KEYS = {
	AttributeDefinitions: [
		{ AttributeName: 'pk', AttributeType: 'S' },
		{ AttributeName: 'sk', AttributeType: 'S' },
		{ AttributeName: 'list_pk', AttributeType: 'S' },
		{ AttributeName: 'list_sk', AttributeType: 'S' },
		{ AttributeName: 'open_shard', AttributeType: 'N' },
		{ AttributeName: 'check_at_ms', AttributeType: 'N' },
	],
	KeySchema: [
		{ AttributeName: 'pk', KeyType: 'HASH' },
		{ AttributeName: 'sk', KeyType: 'RANGE' },
	],
	GlobalSecondaryIndexes: [
		{
			IndexName: 'open',
			KeySchema: [
				{ AttributeName: 'open_shard', KeyType: 'HASH' },
				{ AttributeName: 'check_at_ms', KeyType: 'RANGE' },
			],
			Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: ['principal', 'task_id'] },
		},
		{
			IndexName: 'list',
			KeySchema: [
				{ AttributeName: 'list_pk', KeyType: 'HASH' },
				{ AttributeName: 'list_sk', KeyType: 'RANGE' },
			],
			Projection: {
				ProjectionType: 'INCLUDE',
				NonKeyAttributes: ['task_id', 'created_at_ms', '__edb_e__', '__edb_v__'],
			},
		},
	],
};

const CREDENTIALS = { accessKeyId: 'x', secretAccessKey: 'x' };

const KEEP_ALIVE_MS = 600_000;

/** A client of the local DynamoDB, or of a real one where `DYNAMODB_ENDPOINT` names it. */
async function connect(t: Test): Promise<DynamoDBClient> {
	const given = process.env['DYNAMODB_ENDPOINT'];
	const endpoint = given ?? (await serveDynamoDb(t));
	const client = new DynamoDBClient({ region: 'us-east-1', credentials: CREDENTIALS, endpoint });
	t.teardown(() => client.destroy());
	return client;
}

/** A client of a DynamoDB whose eventually consistent reads are of the past, once `serveStale` is called. */
async function connectToStale(t: Test) {
	let isStale = false;
	const endpoint = await serveDynamoDb(t, () => isStale);
	const client = new DynamoDBClient({ region: 'us-east-1', credentials: CREDENTIALS, endpoint });
	t.teardown(() => client.destroy());
	return { client, serveStale: () => (isStale = true) };
}

async function serveDynamoDb(t: Test, isStale = () => false): Promise<string> {
	const dynamodb = createDynamoDb({ isStale });
	// A server that closes idle connections may close one that a client on a busy machine has just reused.
	const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) =>
		dynamodb.service.handle(request, response),
	).listen(0, '127.0.0.1');
	await once(server, 'listening');
	t.teardown(async () => {
		server.closeAllConnections();
		server.close();
		await dynamodb.close();
	});
	const address = server.address();
	if (typeof address !== 'object' || address === null) throw new Error('no port');
	return `http://127.0.0.1:${address.port}`;
}

test('the limit of accepted tasks applies per principal and minute, across functions', async (t) => {
	const client = await connect(t);
	const table = `limits-${process.pid}`;
	await createTable(client, table, KEYS);
	const limits = [1, 2].map(() => createAcceptanceLimit(client, { table, name: 'tasks', perMinute: 5 }));
	const startMs = Date.UTC(2026, 0, 1, 0, 0, 20);
	const allowances = await Promise.all(
		Array.from({ length: 20 }, async (_, index) => limits[index % 2]?.take('ada', startMs, 1)),
	);
	const taken = allowances.filter((allowance) => allowance?.isTaken === true);
	t.strictSame(new Set(taken.map((allowance) => allowance?.remaining)), new Set([0, 1, 2, 3, 4]));
	t.equal(taken.length, 5);
	const refused = { isTaken: false, name: 'tasks', perMinute: 5, remaining: 0, resetSeconds: 40 };
	t.strictSame(
		allowances.filter((allowance) => allowance?.isTaken === false),
		Array.from({ length: 15 }, () => refused),
	);
	t.match(await limits[0]?.take('eve', startMs, 4), { isTaken: true, remaining: 1 });
	t.match(await limits[0]?.take('eve', startMs, 2), { isTaken: false, remaining: 1 }, 'too heavy');
	t.match(await limits[0]?.take('ada', startMs + 40_000, 1), { isTaken: true }, 'the next minute');
	const none = createAcceptanceLimit(client, { table, name: 'tasks', perMinute: 0 });
	t.equal(none, undefined);
});

test('the task store in memory', (t) =>
	taskStoreContract(t, async (now) => createMemoryTaskStore({ retentionSeconds: 3600, now })));

test('the schedule store in memory', (t) =>
	scheduleStoreContract(t, async () => createMemoryScheduleStore()));

test('the schedule store on DynamoDB', async (t) => {
	const client = await connect(t);
	let tables = 0;
	await scheduleStoreContract(t, async () => {
		const table = `schedules-${process.pid}-${tables++}`;
		await createTable(client, table, KEYS);
		return createScheduleStore(client, table);
	});
});

test('the delivery store in memory', (t) =>
	deliveryStoreContract(t, async (now) => {
		const deliveries = createMemoryDeliveryStore();
		const announce = async () => undefined;
		return {
			deliveries,
			tasks: createMemoryTaskStore({ retentionSeconds: 3600, now, deliveries, announce }),
		};
	}));

test('the delivery store on DynamoDB', async (t) => {
	const client = await connect(t);
	let tables = 0;
	await deliveryStoreContract(t, async (now) => {
		const table = `deliveries-${process.pid}-${tables++}`;
		await createTable(client, table, KEYS);
		// Nothing listens there: the message is lost, and the delivery is checked after a minute.
		const deliveryQueue = { url: 'http://127.0.0.1:1/queue', log: createRecordingLog().log };
		return {
			tasks: createTaskStore(client, { table, retentionSeconds: 3600, now, deliveryQueue }),
			deliveries: createDeliveryStore(client, table),
		};
	});
});

test('an end that a redrive overtakes while it is written changes nothing', async (t) => {
	const client = await connect(t);
	const table = `overtaken-${process.pid}`;
	await createTable(client, table, KEYS);
	const task = exampleTask({ webhooks: [{ webhookId: 'w1' }] });
	const settings = { table, retentionSeconds: 3600, now: () => task.createdAtMs };
	const store = createTaskStore(client, settings);
	const running = { status: 'RUNNING', redriveCount: 0, startedAtMs: task.createdAtMs + 5 } as const;
	await store.create(task);
	await store.applyReport(task, running);
	let transactions = 0;
	client.middlewareStack.add(
		(next, { commandName }) =>
			async (args) => {
				if (String(commandName).startsWith('TransactWrite') && transactions++ === 0)
					await store.applyReport(task, {
						...running,
						redriveCount: 1,
						redrivenAtMs: task.createdAtMs + 20,
					});
				return next(args);
			},
		{ step: 'initialize' },
	);
	const failed = { ...running, status: 'FAILED', stoppedAtMs: task.createdAtMs + 9 } as const;
	t.equal(await store.applyReport(task, failed), undefined);
	t.equal(transactions, 1);
	t.match(await store.get(task), { status: 'RUNNING', redriveCount: 1 });
	const { listOfTask } = createDeliveryStore(client, table);
	t.strictSame(await listOfTask(task, { limit: 10 }), { deliveries: [] });
});

test('a place for attempts is taken by one sender until it is free or its time is over', async (t) => {
	const client = await connect(t);
	const table = `slots-${process.pid}`;
	await createTable(client, table, KEYS);
	let nowMs = 0;
	for (const slots of [
		createDeliverySlots(client, table, () => nowMs),
		createMemoryDeliverySlots(() => nowMs),
	]) {
		nowMs = 1000;
		const slot = { principal: 'ada', webhookId: 'w1', slot: 3 };
		t.strictSame(
			await Promise.all([1, 2, 3].map(() => slots.take(slot, 2000))).then((taken) => taken.filter(Boolean)),
			[true],
		);
		t.ok(await slots.take({ ...slot, slot: 4 }, 2000));
		t.ok(await slots.take({ ...slot, principal: 'eve' }, 2000));
		await slots.free(slot);
		t.ok(await slots.take(slot, 2000));
		nowMs = 2000;
		t.ok(await slots.take(slot, 3000));
	}
});

test('subscriptions are read as they were written, by their store and on the path of new tasks', async (t) => {
	const client = await connect(t);
	const table = `webhooks-${process.pid}`;
	await createTable(client, table, KEYS);
	const store = createWebhookStore(client, table);
	let nowMs = 0;
	const read = createWebhookReader(client, { table, now: () => nowMs });
	const webhook = {
		webhookId: 'w1',
		url: 'https://example.com/',
		createdAtMs: 0,
		updatedAtMs: 0,
		secretVersion: 1,
	};
	const principal = 'auth0|Ada#1';
	t.strictSame(await read(principal), []);
	t.ok(await store.swap(undefined, { principal, webhooks: [webhook] }));
	t.notOk(await store.swap(undefined, { principal, webhooks: [] }), 'another function was first');
	const found = await store.find(principal);
	t.strictSame(found, { principal, webhooks: [webhook], version: 1 });
	t.strictSame(await read(principal), [], 'the list is cached');
	nowMs = WEBHOOK_CACHE_MS;
	t.strictSame(await read(principal), [webhook]);
	t.ok(await store.swap(found, { principal, webhooks: [] }));
	t.strictSame((await store.find(principal))?.webhooks, []);
	t.equal(await store.find('eve'), undefined);
});

test('the callback store in memory', (t) =>
	callbackStoreContract(t, async () => createMemoryCallbackStore()));

test('the callback store on DynamoDB', async (t) => {
	const client = await connect(t);
	let tables = 0;
	await callbackStoreContract(t, async () => {
		const table = `callbacks-${process.pid}-${tables++}`;
		await createTable(client, table, KEYS);
		return createCallbackStore(client, table);
	});
});

test('the task store on DynamoDB', async (t) => {
	const client = await connect(t);
	let tables = 0;
	const newTable = async (at = client) => {
		const table = `tasks-${process.pid}-${tables++}`;
		await createTable(at, table, KEYS);
		return table;
	};
	await taskStoreContract(t, async (now) =>
		createTaskStore(client, { table: await newTable(), retentionSeconds: 3600, now }),
	);

	await t.test('a row is read as it was last written', async (t) => {
		const { client: staleClient, serveStale } = await connectToStale(t);
		const table = await newTable(staleClient);
		const store = createTaskStore(staleClient, { table, retentionSeconds: 3600, now: Date.now });
		const task = exampleTask();
		t.equal(await store.get(task), undefined);
		await store.create(task);
		serveStale();
		t.strictSame(await store.get(task), task);
	});

	await t.test('a row without data or result is below 1 KiB, so that a write costs one unit', async (t) => {
		const table = await newTable();
		const task = exampleTask({
			principal: 'a'.repeat(36),
			tags: { team: 'billing' },
			traceparent: `00-${'0'.repeat(32)}-${'0'.repeat(16)}-01`,
		});
		const store = createTaskStore(client, { table, retentionSeconds: 3600, now: Date.now });
		await store.create(task);
		await store.applyReport(task, { status: 'RUNNING', redriveCount: 0, startedAtMs: task.createdAtMs });
		const pk = `$task-api#principal_${task.principal}#taskId_${task.taskId}`;
		const { Item } = await client.send(
			new GetItemCommand({ TableName: table, Key: { pk: { S: pk }, sk: { S: '$task_1' } } }),
		);
		t.match(Item, { status: { S: 'RUNNING' } });
		t.ok(JSON.stringify(Item).length < 1024);
	});
});

test('a page whose rows DynamoDB never returns is an unavailable service, after six attempts with backoff', async (t) => {
	const pk = '$task-api#principal_ada#taskId_01932f4e-6f00-7000-8000-000000000001';
	const key = { pk: { S: pk }, sk: { S: '$task_1' } };
	const position = {
		...key,
		task_id: { S: '01932f4e-6f00-7000-8000-000000000001' },
		created_at_ms: { N: '1' },
	};
	const { url, requests } = await startHttpReceiver(t, (response, number) => {
		const { RequestItems } = JSON.parse(requests[number]?.body ?? '{}');
		response.end(
			JSON.stringify(
				RequestItems === undefined
					? { Items: number === 0 ? [position] : [] }
					: { Responses: {}, UnprocessedKeys: RequestItems },
			),
		);
	});
	const client = new DynamoDBClient({ region: 'us-east-1', credentials: CREDENTIALS, endpoint: url });
	t.teardown(() => client.destroy());
	const sleeps: number[] = [];
	const store = createTaskStore(client, {
		table: 'tasks',
		retentionSeconds: 1,
		now: Date.now,
		sleep: async (ms) => void sleeps.push(ms),
	});
	await t.rejects(store.list('ada', { limit: 10 }), ServiceUnavailableError);
	t.strictSame(sleeps, [50, 100, 200, 400, 800]);
	t.equal(requests.filter(({ body }) => body.includes('RequestItems')).length, 6);
});
