import { test } from 'tap';
import { createTestApi } from '../support/api.ts';
import { EXAMPLE_TASK_ID, exampleTask } from '../support/example-task.ts';

const ALWAYS = {
	'strict-transport-security': 'max-age=63072000; includeSubDomains',
	'x-content-type-options': 'nosniff',
	'referrer-policy': 'no-referrer',
	'cross-origin-resource-policy': 'same-origin',
	'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
};

test('every response has security headers, and only documents are cacheable', async (t) => {
	const { request, store } = createTestApi(t);
	await store.create(exampleTask());
	const cases = [
		['GET', '/v1/health', 200],
		['GET', `/v1/tasks/${EXAMPLE_TASK_ID}`, 200],
		['GET', '/v1/tasks/x', 422],
		['GET', '/nothing', 404],
		['GET', '/v1/tasks/%zz', 400],
		['DELETE', '/v1/tasks', 405],
		['POST', '/v1/tasks', 422],
		['OPTIONS', '/v1/tasks', 204],
		['HEAD', '/v1/health', 200],
	] as const;
	for (const [method, path, status] of cases) {
		const answer = await request(method, path);
		t.equal(answer.status, status, `${method} ${path}`);
		t.match(answer.headers, { ...ALWAYS, 'cache-control': 'no-store' }, `${method} ${path}`);
	}
	store.get = async () => {
		throw new Error('down');
	};
	const failed = await request('GET', `/v1/tasks/${EXAMPLE_TASK_ID}`);
	t.match(failed, { status: 500, headers: { ...ALWAYS, 'cache-control': 'no-store' } });
	const refused = await request('GET', `/v1/tasks/${EXAMPLE_TASK_ID}`, {
		headers: { 'x-test-principal': 'nobody' },
	});
	t.match(refused, { status: 401, headers: { ...ALWAYS, 'www-authenticate': 'Bearer' } });
});

test('a document is cacheable, and a current ETag gets 304', async (t) => {
	const { request } = createTestApi(t);
	const first = await request('GET', '/v1/openapi.json');
	t.match(first, { status: 200, headers: { ...ALWAYS, 'cache-control': 'public, max-age=300' } });
	const etag = String(first.headers['etag']);
	t.match(etag, /^W\/"[\w-]{43}"$/);
	for (const known of [etag, etag.slice(2), `"x", ${etag}`, `W/"y" ,${etag}`, '*']) {
		const again = await request('GET', '/v1/openapi.json', { headers: { 'if-none-match': known } });
		t.match(again, { status: 304, headers: { etag, 'cache-control': 'public, max-age=300' } }, known);
		t.equal(again.bytes.length, 0);
		t.notOk('content-type' in again.headers);
	}
	for (const other of ['"x"', '', etag.slice(3, -1), '"*"', `W/"${etag.slice(3, -2)}"`]) {
		t.equal(
			(await request('GET', '/v1/openapi.json', { headers: { 'if-none-match': other } })).status,
			200,
			other,
		);
	}
});

test('a failed read of a document is not cached', async (t) => {
	const texts = [Promise.reject(new Error('EMFILE')), '{"openapi":"3.1.0"}'];
	const { request } = createTestApi(t, { readDocument: async () => (await texts.shift()) ?? '' });
	const failed = await request('GET', '/v1/openapi.json');
	t.match(failed, { status: 500, headers: { 'cache-control': 'no-store' } });
	t.notOk('etag' in failed.headers);
	t.equal((await request('GET', '/v1/openapi.json')).status, 200);
	t.equal((await request('GET', '/v1/openapi.json')).status, 200, 'and it is read no more');
	t.strictSame(texts, []);
});
