import { test } from 'tap';
import * as Type from 'typebox';
import { createTestApi } from '../support/api.ts';
import { EXAMPLE_TASK_ID, exampleTask } from '../support/example-task.ts';

test('HEAD returns the headers of GET', async (t) => {
	const { request, store } = createTestApi(t);
	await store.create(exampleTask());
	const paths = [
		'/v1/health',
		'/v1/openapi.json',
		'/v1/types',
		'/v1/types/greeting',
		`/v1/tasks/${EXAMPLE_TASK_ID}`,
		'/v1/tasks/x',
		'/v1/types/nothing',
		'/nothing',
	];
	for (const path of paths) {
		const whole = await request('GET', path);
		const head = await request('HEAD', path);
		t.equal(head.status, whole.status, path);
		t.equal(head.bytes.length, 0);
		const { date: _, ...headers } = whole.headers;
		t.match(head.headers, headers, path);
	}
	t.match(await request('HEAD', '/v1/tasks/x/cancel'), { status: 405, headers: { allow: 'POST' } });
});

test('each resource has one URL', async (t) => {
	const { request } = createTestApi(t);
	const others = [
		'/v1/health/',
		'/v1//health',
		'//v1/health',
		'//elsewhere/v1/health',
		'/V1/health',
		'/v1/Health',
		'/v1/tasks/',
		`/v1/tasks/${EXAMPLE_TASK_ID}/`,
		`/v1/tasks//${EXAMPLE_TASK_ID}`,
		'/v1/types/',
		'/v1/health%2f',
		'/v1/health;a=b',
		'/v1/health%20',
	];
	for (const path of others)
		t.match(await request('GET', path), { status: 404, body: { type: '/problems/not-found' } }, path);
	for (const path of ['*', '/*', '/v1/tasks/'])
		t.match(await request('OPTIONS', path), { status: 404, body: { type: '/problems/not-found' } }, path);
	t.match(await request('POST', '/v1/tasks/', { headers: { 'x-test-principal': 'nobody' } }), {
		status: 404,
	});
});

test('a URL may be as long as its limit', async (t) => {
	const { app, request } = createTestApi(t);
	const health = (length: number) => `/v1/health?${'a'.repeat(length - '/v1/health?'.length)}`;
	t.equal((await request('GET', health(8192))).status, 200);
	for (const url of [health(8193), `/v1/types/${'a'.repeat(20_000)}`, `/v1/types/${'a'.repeat(101)}`])
		t.match(await request('GET', url), { status: 400, body: { type: '/problems/bad-request' } });
	t.equal((await app.inject(`/${'a'.repeat(20_000)}`)).statusCode, 400, 'whether there is anything or not');
});

test('a route rejects undeclared query members, unless it declares none', async (t) => {
	const { app, request } = createTestApi(t);
	const query = { limit: Type.Optional(Type.String()) };
	const route = { method: 'GET', config: { access: 'public' }, handler: async () => '1' } as const;
	app.route({
		...route,
		url: '/strict',
		schema: { querystring: Type.Object(query, { additionalProperties: false }) },
	});
	t.throws(() => app.route({ ...route, url: '/loose', schema: { querystring: Type.Object(query) } }), {
		message: /query of GET \/loose must set additionalProperties to false/,
	});
	t.equal((await app.inject('/strict?limit=1')).statusCode, 200);
	for (const member of ['limits', '__proto__', 'constructor']) {
		const answer = await app.inject(`/strict?${member}=1`);
		t.equal(answer.statusCode, 422);
		t.match(answer.json(), { errors: [{ loc: ['query', member], type: 'extra_forbidden' }] });
	}
	t.equal((await request('GET', '/v1/health?limit=1&limit=2&__proto__=3')).status, 200);
});
