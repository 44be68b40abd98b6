import { test } from 'tap';
import { createTestApi, GREETING, START_MS } from '../support/api.ts';
import { EXAMPLE_TASK_ID, exampleTask } from '../support/example-task.ts';

test('a created task gets 202 with Location and Retry-After', async (t) => {
	const { post, request, published } = createTestApi(t);
	const answer = await post({ ...GREETING, tags: { team: 'billing' } });
	t.equal(answer.status, 202);
	const task = answer.body;
	t.match(task, {
		type: 'greeting',
		status: 'PENDING',
		tags: { team: 'billing' },
		created_at: '2026-01-01T00:00:00.000Z',
		redrive_count: 0,
	});
	t.match(
		answer.headers['location'],
		/^\/v1\/tasks\/[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
	);
	t.equal(answer.headers['retry-after'], '1');
	const location = String(answer.headers['location']);
	t.match(task, { links: { self: location }, task_id: location.slice('/v1/tasks/'.length) });
	t.strictSame((await request('GET', location)).body, task);
	t.match(published, [
		{
			message: {
				task: { type: 'greeting', principal: 'ada', created_at_ms: START_MS },
				data: { name: 'Ada' },
			},
		},
	]);
});

test('a failed publish does not fail the request, and the row keeps the data', async (t) => {
	const { post, request, store, lines } = createTestApi(t, { failingPublish: true });
	const answer = await post(GREETING);
	t.equal(answer.status, 202);
	const location = String(answer.headers['location']);
	t.match((await request('GET', location)).body, { status: 'PENDING' });
	const taskId = location.slice('/v1/tasks/'.length);
	t.match(await store.get({ principal: 'ada', taskId }), { data: { name: 'Ada' } });
	t.match(lines, [{ level: 'error', task_id: taskId }]);
});

test('a valid traceparent is passed on', async (t) => {
	const { post, published } = createTestApi(t);
	const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
	await post(GREETING, { traceparent });
	await post(GREETING, { traceparent: 'not one' });
	t.strictSame(
		published.map((entry) => entry.traceparent),
		[traceparent, undefined],
	);
});

test('invalid bodies get precise errors and change nothing', async (t) => {
	const { post, published } = createTestApi(t);
	const deep = `${'{"a":'.repeat(30)}1${'}'.repeat(30)}`;
	const cases: [string, unknown, number, unknown][] = [
		['malformed JSON', '{"type": "greeting"', 400, { type: '/problems/malformed-json' }],
		['an empty body', '', 400, { type: '/problems/malformed-json' }],
		['a megabyte of spaces', ' '.repeat(1024 * 1024), 400, { type: '/problems/malformed-json' }],
		['an array', [], 422, { errors: [{ loc: ['body'], type: 'dict_type' }] }],
		['null', 'null', 422, { errors: [{ loc: ['body'], type: 'dict_type' }] }],
		['no type', { data: {} }, 422, { errors: [{ loc: ['body', 'type'], type: 'missing' }] }],
		[
			'an unknown type',
			{ type: 'nope', data: {} },
			422,
			{ errors: [{ loc: ['body', 'type'], type: 'union_tag_invalid' }] },
		],
		[
			'a type that is a member of every object',
			{ type: 'constructor', data: {} },
			422,
			{ errors: [{ loc: ['body', 'type'] }] },
		],
		['no data', { type: 'greeting' }, 422, { errors: [{ loc: ['body', 'data'], type: 'missing' }] }],
		[
			'a missing member',
			{ type: 'greeting', data: {} },
			422,
			{ errors: [{ loc: ['body', 'data', 'name'], msg: 'Field required', type: 'missing' }] },
		],
		[
			'a wrong type',
			{ type: 'greeting', data: { name: 7 } },
			422,
			{ errors: [{ loc: ['body', 'data', 'name'], type: 'string_type' }] },
		],
		[
			'an empty name',
			{ type: 'greeting', data: { name: '' } },
			422,
			{ errors: [{ loc: ['body', 'data', 'name'], type: 'string_too_short' }] },
		],
		[
			'a long name',
			{ type: 'greeting', data: { name: 'x'.repeat(201) } },
			422,
			{ errors: [{ loc: ['body', 'data', 'name'], type: 'string_too_long' }] },
		],
		[
			'an unknown member',
			{ ...GREETING, priority: 1 },
			422,
			{ errors: [{ loc: ['body', 'priority'], type: 'extra_forbidden' }] },
		],
		[
			'an unknown member of data',
			{ type: 'greeting', data: { name: 'a', x: 1 } },
			422,
			{ errors: [{ loc: ['body', 'data', 'x'], type: 'extra_forbidden' }] },
		],
		[
			'__proto__',
			'{"type":"greeting","data":{"name":"a","__proto__":{"x":1}}}',
			422,
			{ errors: [{ loc: ['body', 'data', '__proto__'] }] },
		],
		['deep nesting', deep, 422, { errors: [{ type: 'nesting_too_deep' }] }],
		[
			'a tag that is no text',
			{ ...GREETING, tags: { a: 1 } },
			422,
			{ errors: [{ loc: ['body', 'tags', 'a'], type: 'string_type' }] },
		],
		[
			'a tag with a bad name',
			{ ...GREETING, tags: { 'a b': 'x' } },
			422,
			{ errors: [{ loc: ['body', 'tags', 'a b'], type: 'string_pattern_mismatch' }] },
		],
		[
			'eleven tags',
			{ ...GREETING, tags: Object.fromEntries(Array.from({ length: 11 }, (_, index) => [`t${index}`, ''])) },
			422,
			{ errors: [{ loc: ['body', 'tags'], type: 'too_long' }] },
		],
		[
			'more than 5 MiB',
			{ type: 'greeting', data: { name: 'x'.repeat(5 * 1024 * 1024) } },
			413,
			{ type: '/problems/payload-too-large' },
		],
	];
	for (const [name, body, status, expected] of cases) {
		const answer = await post(body);
		t.equal(answer.status, status, name);
		t.match(
			answer.body,
			{ status, instance: '/v1/tasks', title: String, detail: String, ...Object(expected) },
			name,
		);
		t.match(answer.headers['content-type'], /^application\/problem\+json/, name);
	}
	t.strictSame(published, []);
});

test('only JSON bodies are accepted', async (t) => {
	const { request } = createTestApi(t);
	for (const type of ['text/plain', 'application/xml', 'application/x-www-form-urlencoded', 'nonsense']) {
		const answer = await request('POST', '/v1/tasks', { headers: { 'content-type': type }, payload: 'a=b' });
		t.match(answer, { status: 415, body: { type: '/problems/unsupported-media-type' } }, type);
	}
	t.match(
		await request('POST', '/v1/tasks'),
		{ status: 422, body: { errors: [{ loc: ['body'] }] } },
		'no body at all',
	);
});

test('a client that accepts only application/json gets FastAPI’s error form', async (t) => {
	const { post, request } = createTestApi(t);
	const invalid = await post({ type: 'greeting', data: {} }, { accept: 'application/json' });
	t.strictSame(invalid.body, {
		detail: [{ loc: ['body', 'data', 'name'], msg: 'Field required', type: 'missing' }],
	});
	t.match(invalid.headers['content-type'], /^application\/json/);
	const missing = await request('GET', `/v1/tasks/${EXAMPLE_TASK_ID}`, {
		headers: { accept: 'application/json, */*;q=0.1' },
	});
	t.strictSame(missing.body, { detail: 'No task has this id.' });
	const both = await request('GET', '/v1/tasks/x', {
		headers: { accept: 'application/json, application/problem+json' },
	});
	t.match(both.body, { type: '/problems/validation' });
});

test('invalid ids, unknown paths and unsupported methods', async (t) => {
	const { request } = createTestApi(t);
	for (const id of ['x', `${EXAMPLE_TASK_ID}0`, '%00', '..%2f..']) {
		t.match(
			await request('GET', `/v1/tasks/${id}`),
			{ status: 422, body: { errors: [{ loc: ['path', 'task_id'] }] } },
			id,
		);
	}
	t.match(await request('GET', `/v1/tasks/${EXAMPLE_TASK_ID}`), {
		status: 404,
		body: { type: '/problems/not-found' },
	});
	for (const path of ['/', '/v1', '/v2/tasks', '//', '/v1/tasks/']) {
		t.match(await request('GET', path), { status: 404, body: { type: '/problems/not-found' } }, path);
	}
	t.match(await request('GET', '/v1/tasks/%zz'), { status: 400, body: { type: '/problems/bad-request' } });
	const put = await request('PUT', '/v1/tasks', {
		headers: { 'content-type': 'application/json' },
		payload: '{}',
	});
	t.match(put, { status: 405, headers: { allow: 'POST' }, body: { type: '/problems/method-not-allowed' } });
});

test('an expired task is 410, and a task of another principal is 404', async (t) => {
	const { request, store, advance } = createTestApi(t);
	await store.create(exampleTask());
	const path = `/v1/tasks/${EXAMPLE_TASK_ID}`;
	t.equal((await request('GET', path, { headers: { 'x-test-principal': 'eve' } })).status, 404);
	const report = {
		status: 'SUCCEEDED',
		redriveCount: 0,
		startedAtMs: START_MS,
		stoppedAtMs: START_MS,
		result: { name: 'Ada', message: 'Hello Ada', validated: true, processed: true, notified: true },
	} as const;
	await store.applyReport(exampleTask(), report);
	advance(3_599_999);
	const answer = await request('GET', path);
	t.match(answer, {
		status: 200,
		body: { status: 'SUCCEEDED', result: { message: 'Hello Ada' }, expires_at: '2026-01-01T01:00:00.000Z' },
	});
	t.notOk('retry-after' in answer.headers);
	advance(1);
	t.match(await request('GET', path), { status: 410, body: { type: '/problems/gone' } });
});

test('a caller without a token gets 401, and without the scope 403', async (t) => {
	const { post, request, published } = createTestApi(t);
	t.match(await post(GREETING, { 'x-test-principal': 'nobody' }), {
		status: 401,
		body: { type: '/problems/unauthorized' },
	});
	t.match(await post(GREETING, { 'x-test-scopes': 'tasks:read' }), {
		status: 403,
		body: { type: '/problems/forbidden' },
	});
	t.strictSame(published, []);
	t.match(await request('GET', '/v1/health', { headers: { 'x-test-principal': 'nobody' } }), {
		status: 200,
		body: { status: 'ok', version: '1.2.3' },
	});
	t.equal(
		(await request('GET', '/v1/openapi.json', { headers: { 'x-test-principal': 'nobody' } })).status,
		200,
	);
});

test('an unexpected error is a 500 without details, logged once', async (t) => {
	const { request, store, lines } = createTestApi(t);
	store.get = async () => {
		throw new Error('arn:aws:dynamodb:secret');
	};
	const answer = await request('GET', `/v1/tasks/${EXAMPLE_TASK_ID}`);
	t.equal(answer.status, 500);
	t.notMatch(JSON.stringify(answer.body), /arn|secret/);
	t.match(lines, [{ level: 'error', error: { message: 'arn:aws:dynamodb:secret' } }]);
	t.equal(lines.length, 1);
});
