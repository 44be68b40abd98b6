import { test } from 'tap';
import { createClient, TaskApiError } from '../../src/client/index.ts';
import { clientOf, problem, taskBody } from './receive-client.ts';

const TASK_ID = taskBody().task_id;
const TASK_PATH = `/v1/tasks/${TASK_ID}`;

test('create sends the task with an idempotency key of its own and returns the task', async (t) => {
	const { client, requests } = await clientOf(t, [{ status: 202, body: taskBody() }]);
	const task = await client.create({ type: 'greeting', data: { name: 'Ada' }, tags: { team: 'billing' } });
	t.equal(task.task_id, TASK_ID);
	t.match(requests, [
		{ method: 'POST', path: '/v1/tasks', headers: { 'idempotency-key': '"key-1"', prefer: undefined } },
	]);
	t.strictSame(JSON.parse(requests[0]?.body ?? ''), {
		type: 'greeting',
		data: { name: 'Ada' },
		tags: { team: 'billing' },
	});
	await client.create(
		{ type: 'greeting', data: { name: 'Ada' } },
		{ idempotencyKey: 'order-1', holdSeconds: 5 },
	);
	t.match(requests[1]?.headers, { 'idempotency-key': '"order-1"', prefer: 'wait=5' });
});

test('a type that is not known at compile time takes any data', async (t) => {
	const { client } = await clientOf(t, [{ status: 202, body: taskBody({ type: 'later' }) }]);
	const type: string = 'later';
	t.match(await client.create({ type, data: [1] }), { type: 'later' });
});

test('a batch returns one result for each task', async (t) => {
	const results = [{ status: 202, task: taskBody() }, { status: 422 }];
	const { client, requests } = await clientOf(t, [{ body: { results } }]);
	const created = await client.createBatch([
		{ type: 'greeting', data: { name: 'Ada' } },
		{ type: 'greeting', data: { name: 'Bob' } },
	]);
	t.strictSame(created, results);
	t.match(requests[0], { path: '/v1/tasks/batch', headers: { 'idempotency-key': '"key-1"' } });
});

test('lists and events are read page by page, as far as they are needed', async (t) => {
	const tasks = ['1', '2', '3'].map((task_id) => taskBody({ task_id }));
	const { client, requests } = await clientOf(t, [
		{ body: { tasks: tasks.slice(0, 2), next_cursor: 'a b' } },
		{ body: { tasks: tasks.slice(2) } },
		{ body: { events: [{ state: 'A' }], next_cursor: 'x' } },
		{ body: { events: [{ state: 'B' }] } },
		{ body: { tasks, next_cursor: 'unused' } },
	]);
	const ids: string[] = [];
	for await (const { task_id } of client.list({ status: 'FAILED', limit: 2 })) ids.push(task_id);
	t.strictSame(ids, ['1', '2', '3']);
	const states: string[] = [];
	for await (const { state } of client.events(TASK_ID)) states.push(state);
	t.strictSame(states, ['A', 'B']);
	for await (const task of client.list()) {
		t.equal(task.task_id, '1');
		break;
	}
	t.strictSame(
		requests.map(({ path }) => path),
		[
			'/v1/tasks?status=FAILED&limit=2',
			'/v1/tasks?status=FAILED&limit=2&cursor=a+b',
			`${TASK_PATH}/events?limit=1000`,
			`${TASK_PATH}/events?limit=1000&cursor=x`,
			'/v1/tasks',
		],
	);
});

test('each operation on a task has its path', async (t) => {
	const { client, requests } = await clientOf(t, [{ status: 202, body: taskBody() }]);
	const task = await client.get(TASK_ID);
	await client.cancel(task, { reason: 'Not needed.' });
	await client.redrive(task);
	await client.rerun(task);
	await client.result(task);
	t.match(requests, [
		{ method: 'GET', path: TASK_PATH },
		{ method: 'POST', path: `${TASK_PATH}/cancel`, body: '{"reason":"Not needed."}' },
		{ method: 'POST', path: `${TASK_PATH}/redrive`, body: '' },
		{ method: 'POST', path: `${TASK_PATH}/rerun`, headers: { 'idempotency-key': '"key-1"' } },
		{ method: 'GET', path: `${TASK_PATH}/result` },
	]);
});

test('types lists the task types', async (t) => {
	const { client, requests } = await clientOf(t, [{ body: { types: [{ type: 'greeting' }] } }]);
	t.match(await client.types(), [{ type: 'greeting' }]);
	t.equal(requests[0]?.path, '/v1/types');
});

test('a callback is answered with a callback token that the client asks for once', async (t) => {
	const { client, requests } = await clientOf(
		t,
		[
			{ status: 201, body: { token: 'own', principal: 'ada' } },
			{ body: { task_id: TASK_ID } },
			{ body: { callback_key: 'PROJ-1', task_id: TASK_ID } },
			{ body: { task_id: TASK_ID } },
		],
		{ token: 'jwt' },
	);
	t.strictSame(await client.answerCallback('PROJ/1', { status: 'success' }), { task_id: TASK_ID });
	t.match(await client.getCallback('PROJ-1'), { callback_key: 'PROJ-1' });
	await client.answerCallback('PROJ-1', { status: 'failure' }, { callbackToken: 'given' });
	t.match(
		requests.map(({ path, headers: { authorization } }) => [path, authorization]),
		[
			['/v1/callback-tokens', 'Bearer jwt'],
			['/v1/callbacks/PROJ%2F1', 'Bearer own'],
			['/v1/callbacks/PROJ-1', 'Bearer own'],
			['/v1/callbacks/PROJ-1', 'Bearer given'],
		],
	);
});

test('a token is text, or a function that is called for each request', async (t) => {
	const { client, requests, url } = await clientOf(t, [{ body: taskBody() }], { token: 'fixed' });
	await client.get(TASK_ID);
	let calls = 0;
	const refreshing = createClient({ baseUrl: `${url}/`, token: async () => `token-${(calls += 1)}` });
	await refreshing.get(TASK_ID);
	await refreshing.get(TASK_ID);
	const anonymous = createClient({ baseUrl: url, token: () => undefined });
	await anonymous.get(TASK_ID);
	t.strictSame(
		requests.map(({ headers: { authorization } }) => authorization),
		['Bearer fixed', 'Bearer token-1', 'Bearer token-2', undefined],
	);
	t.equal(requests[1]?.path, TASK_PATH, 'a slash at the end of baseUrl is removed');
});

test('fetch can be replaced', async (t) => {
	const client = createClient({
		baseUrl: 'https://tasks.example.com/base',
		fetch: async (input) => Response.json(taskBody({ type: String(input) })),
	});
	t.match(await client.get('x'), { type: 'https://tasks.example.com/base/v1/tasks/x' });
});

test('an error response becomes a TaskApiError', async (t) => {
	const errors = [{ loc: ['body', 'data', 'name'], msg: 'Field required', type: 'missing' }];
	const table = [
		[
			{
				status: 422,
				headers: { 'content-type': 'application/problem+json', 'apigw-requestid': 'abc=' },
				body: { type: '/problems/validation', title: 'T', status: 422, detail: 'Invalid.', errors },
			},
			{ status: 422, code: 'validation', detail: 'Invalid.', errors, requestId: 'abc=' },
		],
		[problem(404, 'not-found'), { status: 404, code: 'not-found', errors: [], requestId: undefined }],
		[
			{ status: 401, body: { message: 'Unauthorized' } },
			{ status: 401, code: 'unauthorized', detail: 'Unauthorized' },
		],
		[
			{ status: 500, body: '<html>' },
			{ status: 500, code: 'internal' },
		],
		[{ body: '<html>' }, { status: 200, code: 'unexpected-response', detail: /baseUrl/ }],
		[{ body: { hello: 'world' } }, { status: 200, code: 'unexpected-response', detail: /baseUrl/ }],
	] as const;
	for (const [answer, expected] of table) {
		const { client, requests } = await clientOf(t, [answer]);
		const error = await client.get(TASK_ID).catch((thrown: unknown) => thrown);
		t.ok(error instanceof TaskApiError);
		t.match(error, expected);
		t.equal(requests.length, 1, 'the request is not repeated');
	}
	const invalid = await clientOf(t, [table[0][0]]);
	await t.rejects(invalid.client.get(TASK_ID), {
		name: 'TaskApiError',
		message: '422 validation: Invalid.\nbody.data.name: Field required',
	});
});
