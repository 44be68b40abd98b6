import { test } from 'tap';
import { createTestApi, GREETING } from '../support/api.ts';

const KEY = { 'idempotency-key': '"order-4711"' };

test('the same key and request return the same task, marked as replayed', async (t) => {
	const { post, published, advance } = createTestApi(t);
	const first = await post(GREETING, KEY);
	t.equal(first.status, 202);
	t.notOk('idempotency-replayed' in first.headers);
	t.match(first.body, { task_id: /^.{8}-.{4}-8/ });
	advance(1000);
	for (const [body, key] of [
		[GREETING, '"order-4711"'],
		[GREETING, 'order-4711'],
		['{"data":{"name":"Ada"},"tags":{},"type":"greeting"}', '"order-4711"'],
	] as const) {
		const again = await post(body, { 'idempotency-key': key });
		t.match(again, {
			status: 202,
			headers: { 'idempotency-replayed': 'true', location: first.headers.location },
		});
		t.strictSame(again.body, first.body);
	}
	t.equal(published.length, 1);
});

test('the same key with a different request is rejected and changes nothing', async (t) => {
	const { post, published, store } = createTestApi(t);
	const { body } = await post(GREETING, KEY);
	const taskId = Object(body).task_id;
	const before = await store.get({ principal: 'ada', taskId });
	for (const other of [
		{ ...GREETING, data: { name: 'Eve' } },
		{ ...GREETING, tags: { team: 'x' } },
	]) {
		t.match(await post(other, KEY), { status: 422, body: { type: '/problems/idempotency-key-reused' } });
	}
	t.strictSame(await store.get({ principal: 'ada', taskId }), before);
	t.equal(published.length, 1);
});

test('fifty concurrent requests create one task', async (t) => {
	const { post, store } = createTestApi(t);
	const answers = await Promise.all(Array.from({ length: 50 }, () => post(GREETING, KEY)));
	t.equal(new Set(answers.map(({ body }) => JSON.stringify(body))).size, 1);
	t.ok(answers.every(({ status }) => status === 202));
	t.equal((await store.list('ada', { limit: 100 })).tasks.length, 1);
});

test('a key belongs to its principal', async (t) => {
	const { post } = createTestApi(t);
	const ada = await post(GREETING, KEY);
	const eve = await post(GREETING, { ...KEY, 'x-test-principal': 'eve' });
	t.not(Object(ada.body).task_id, Object(eve.body).task_id);
	t.notOk('idempotency-replayed' in eve.headers);
});

test('a key is valid for a day from creation, and then creates a new task', async (t) => {
	const { post, accepted, report, advance, published } = createTestApi(t);
	const task = await accepted(GREETING, KEY);
	await report(task, 'SUCCEEDED');
	advance(24 * 3600 * 1000 - 1);
	t.match(await post(GREETING, KEY), {
		headers: { 'idempotency-replayed': 'true' },
		body: { task_id: task.taskId, status: 'SUCCEEDED' },
	});
	advance(1);
	const again = await post(GREETING, KEY);
	t.match(again.body, { task_id: task.taskId, status: 'PENDING', created_at: '2026-01-02T00:00:00.000Z' });
	t.notOk('idempotency-replayed' in again.headers);
	t.strictSame(
		published.map(({ message }) => message.task.created_at_ms),
		[task.createdAtMs, task.createdAtMs + 24 * 3600 * 1000],
	);
});

test('a key is 1 to 255 visible characters', async (t) => {
	const { post } = createTestApi(t);
	for (const good of ['x', `"${'x'.repeat(255)}"`, 'x'.repeat(255), '"a\\"b\\\\c"', "it's!"]) {
		t.equal((await post(GREETING, { 'idempotency-key': good })).status, 202, good);
	}
	const bad = [
		'',
		'""',
		'x'.repeat(256),
		`"${'x'.repeat(256)}"`,
		'a b',
		'"a b"',
		'"open',
		'ü',
		'"a\\x"',
		'a"b',
		'a, b',
	];
	for (const key of bad) {
		t.match(
			await post(GREETING, { 'idempotency-key': key }),
			{ status: 400, body: { type: '/problems/bad-request' } },
			key,
		);
	}
});

test('a batch: each task by itself, in order', async (t) => {
	const { post, published } = createTestApi(t);
	const answer = await post(
		{
			tasks: [
				GREETING,
				{ type: 'greeting', data: {} },
				{ ...GREETING, idempotency_key: 'k' },
				{ ...GREETING, idempotency_key: 'k' },
				{ ...GREETING, idempotency_key: 'k', tags: { a: 'b' } },
				{ type: 'nope', data: {} },
				null,
				{ ...GREETING, idempotency_key: 'a b' },
			],
		},
		{},
		'/v1/tasks/batch',
	);
	t.equal(answer.status, 200);
	const { results } = Object(answer.body);
	t.match(results, [
		{ status: 202, task: { status: 'PENDING' } },
		{ status: 422, problem: { errors: [{ loc: ['body', 'data', 'name'], type: 'missing' }] } },
		{ status: 202 },
		{ status: 202 },
		{ status: 422, problem: { type: '/problems/idempotency-key-reused' } },
		{ status: 422, problem: { errors: [{ loc: ['body', 'type'] }] } },
		{ status: 422, problem: { errors: [{ loc: ['body'], type: 'dict_type' }] } },
		{ status: 422, problem: { errors: [{ loc: ['body', 'idempotency_key'] }] } },
	]);
	t.strictSame(results[2].task, results[3].task);
	t.equal(new Set(published.map(({ message }) => message.task.task_id)).size, 2);
});

test('an invalid batch is rejected as a whole', async (t) => {
	const { post, published } = createTestApi(t);
	for (const body of [{}, { tasks: [] }, { tasks: 1 }, { tasks: [GREETING], more: 1 }, []]) {
		t.match(await post(body, {}, '/v1/tasks/batch'), { status: 422, body: { type: '/problems/validation' } });
	}
	const many = { tasks: Array.from({ length: 101 }, () => GREETING) };
	t.match(await post(many, {}, '/v1/tasks/batch'), {
		status: 422,
		body: { errors: [{ loc: ['body', 'tasks'] }] },
	});
	t.equal(published.length, 0);
	const most = { tasks: Array.from({ length: 100 }, () => GREETING) };
	t.equal((await post(most, {}, '/v1/tasks/batch')).status, 200);
	t.equal(published.length, 100);
});

test('a batch item that fails by an internal error fails alone', async (t) => {
	const { post, store, lines } = createTestApi(t);
	const create = store.create.bind(store);
	let calls = 0;
	store.create = async (task) => {
		if (++calls === 1) throw new Error('DynamoDB is down');
		return create(task);
	};
	const { body } = await post({ tasks: [GREETING, GREETING] }, {}, '/v1/tasks/batch');
	t.match(body, { results: [{ status: 500, problem: { type: '/problems/internal' } }, { status: 202 }] });
	t.match(lines, [{ level: 'error', error: { message: 'DynamoDB is down' } }]);
});

test('a principal above its limit gets 429, except for replays', async (t) => {
	const { post, published, advance } = createTestApi(t, { allowed: 2 });
	t.equal((await post(GREETING, KEY)).status, 202);
	t.equal((await post(GREETING)).status, 202);
	advance(1);
	const refused = await post(GREETING);
	t.match(refused, {
		status: 429,
		headers: { 'retry-after': '17' },
		body: { type: '/problems/rate-limited' },
	});
	t.match(await post(GREETING, KEY), { status: 202, headers: { 'idempotency-replayed': 'true' } });
	t.match(await post({ ...GREETING, tags: { a: 'b' } }, KEY), {
		status: 422,
		body: { type: '/problems/idempotency-key-reused' },
	});
	t.match(await post({ tasks: [GREETING] }, {}, '/v1/tasks/batch'), {
		status: 200,
		body: { results: [{ status: 429, problem: { type: '/problems/rate-limited' } }] },
	});
	t.equal(published.length, 2);
});
