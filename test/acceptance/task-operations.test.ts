import { ListExecutionsCommand, SFNClient } from '@aws-sdk/client-sfn';
import { type Test, test } from 'tap';
import { bootPackaged } from '../../src/local/start-stack.ts';
import { createClient } from '../support/client.ts';
import { createMovableClock } from '../support/movable-clock.ts';
import { createRecordingLog } from '../support/recording-log.ts';

const GREETING = { type: 'greeting', data: { name: 'Ada' } };

async function boot(t: Test) {
	const { log } = createRecordingLog();
	const stack = await bootPackaged({ port: 0, auth: 'none' }, { log, clock: createMovableClock() });
	t.teardown(() => stack.close());
	const faults = (rates: object) =>
		fetch(`${stack.url}/_local/faults`, {
			method: 'PUT',
			headers: { 'content-type': 'application/json' },
			body: JSON.stringify({ reset: true, ...rates }),
		});
	return { stack, faults, ...createClient(stack.url) };
}

test('task operations over HTTP', async (t) => {
	const { stack, faults, request, post, finished } = await boot(t);
	const get = async (id: unknown, headers = {}) => request('GET', `/v1/tasks/${String(id)}`, { headers });

	await t.test('fifty concurrent identical requests create one task and one execution', async (t) => {
		const answers = await Promise.all(
			Array.from({ length: 50 }, () => post(GREETING, { 'idempotency-key': '"once"' })),
		);
		const ids = new Set(answers.map(({ body }) => String(body['task_id'])));
		t.equal(ids.size, 1);
		t.ok(answers.every(({ status }) => status === 202));
		t.equal(answers.filter(({ headers }) => headers['idempotency-replayed'] === undefined).length, 1);
		const [id] = ids;
		t.match(await finished(id), { status: 'SUCCEEDED' });
		const sfn = new SFNClient({
			endpoint: stack.awsEndpoint,
			region: stack.region,
			credentials: { accessKeyId: 'x', secretAccessKey: 'x' },
		});
		t.teardown(() => sfn.destroy());
		const { executions = [] } = await sfn.send(
			new ListExecutionsCommand({
				stateMachineArn: `arn:aws:states:${stack.region}:000000000000:stateMachine:task-api-local-greeting`,
			}),
		);
		t.equal(executions.filter(({ name }) => name?.startsWith(String(id))).length, 1);
	});

	await t.test('a POST with Prefer: wait returns the finished task', async (t) => {
		const { status, headers, body } = await post(GREETING, { prefer: 'wait=20' });
		t.equal(status, 200);
		t.match(headers, { 'preference-applied': 'wait=20' });
		t.match(body, { status: 'SUCCEEDED', result: { message: 'Hello Ada' } });
		const { etag } = (await get(body['task_id'])).headers;
		t.equal((await get(body['task_id'], { 'if-none-match': etag })).status, 304);
	});

	await t.test('a task cancelled while it runs ends ABORTED, and a redrive lets it succeed', async (t) => {
		await faults({ 'greeting.transient': 1 });
		const { body } = await post(GREETING);
		const path = `/v1/tasks/${String(body['task_id'])}`;
		const cancelled = await request('POST', `${path}/cancel`, {
			headers: { 'content-type': 'application/json' },
			body: '{"reason":"No longer needed."}',
		});
		t.match(cancelled, { status: 202, body: { cancel_requested_at: String } });
		t.match(await finished(body['task_id']), {
			status: 'ABORTED',
			error: { code: 'Cancelled', message: String },
		});
		t.equal((await request('POST', `${path}/cancel`)).status, 409);
		await faults({});
		const redriven = await request('POST', `${path}/redrive`);
		t.match(redriven, { status: 202, body: { status: 'RUNNING', redrive_count: 1 } });
		t.match(await finished(body['task_id']), { status: 'SUCCEEDED', redrive_count: 1 });
		const { events } = (await request('GET', `${path}/events`)).body;
		t.match(events, [{ state: 'Validate', status: 'SUCCEEDED', type: 'Task' }]);
		t.equal(Object(events).at(-1).state, 'NotifySuccess');
	});

	await t.test('a list shows all tasks, newest first', async (t) => {
		const tagged = { ...GREETING, tags: { list: 'mine' } };
		const ids: unknown[] = [];
		for (let count = 0; count < 3; count++) ids.unshift((await post(tagged)).body['task_id']);
		const list = async (query: string) => (await request('GET', `/v1/tasks?tag=list:mine&${query}`)).body;
		const first = await list('limit=2');
		const second = await list(`limit=2&cursor=${encodeURIComponent(String(first['next_cursor']))}`);
		const listed = [...Object(first['tasks']), ...Object(second['tasks'])];
		t.strictSame(
			listed.map(({ task_id }: { task_id: string }) => task_id),
			ids,
		);
	});

	await t.test('a batch', async (t) => {
		const { status, body } = await request('POST', '/v1/tasks/batch', {
			headers: { 'content-type': 'application/json' },
			body: JSON.stringify({ tasks: [GREETING, { type: 'greeting', data: {} }] }),
		});
		t.equal(status, 200);
		t.match(body, { results: [{ status: 202 }, { status: 422 }] });
		t.match(await finished(Object(body['results'])[0].task.task_id), { status: 'SUCCEEDED' });
	});
});

test('the rate limit for created tasks', async (t) => {
	const stack = await bootPackaged(
		{ port: 0, auth: 'none', tasksPerMinute: 3 },
		{ log: createRecordingLog().log, clock: createMovableClock() },
	);
	t.teardown(() => stack.close());
	const { post } = createClient(stack.url);
	const statuses = (await Promise.all(Array.from({ length: 8 }, () => post(GREETING)))).map(
		({ status }) => status,
	);
	t.ok(statuses.filter((status) => status === 202).length >= 3);
	t.ok(statuses.includes(429));
});
