import { test } from 'tap';
import { parseAllowedOrigins } from '../../src/http/plugins/cors.ts';
import { createTestApi } from '../support/api.ts';
import { EXAMPLE_TASK_ID } from '../support/example-task.ts';

const PAGE = 'https://app.example';
const PREFLIGHT = { origin: PAGE, 'access-control-request-method': 'POST' };

const corsOf = (headers: Record<string, unknown>) =>
	Object.fromEntries(Object.entries(headers).filter(([name]) => name.startsWith('access-control-')));

test('every answer may be read by every page, without credentials', async (t) => {
	const { request } = createTestApi(t);
	const paths = ['/v1/health', `/v1/tasks/${EXAMPLE_TASK_ID}`, '/nothing', '/v1/tasks/%zz'];
	const statuses = [];
	for (const path of paths) {
		const { status, headers } = await request('GET', path, { headers: { origin: PAGE } });
		statuses.push(status);
		t.match(corsOf(headers), { 'access-control-allow-origin': '*' }, path);
		t.match(headers['access-control-expose-headers'], /(^|, )retry-after(,|$)/);
		t.notOk('access-control-allow-credentials' in headers);
		t.notMatch(headers['vary'], /origin/i, 'the answer is the same for each origin');
	}
	t.strictSame(statuses, [200, 404, 404, 400]);
	const refused = await request('POST', '/v1/tasks', { headers: { 'x-test-principal': 'nobody' } });
	t.equal(refused.status, 401);
	t.equal(refused.headers['access-control-allow-origin'], '*', 'without an origin too: a cache may keep it');
});

test('a preflight tells what the path takes', async (t) => {
	const { request } = createTestApi(t);
	const cases = [
		['/v1/tasks', 'GET, HEAD, POST'],
		[`/v1/tasks/${EXAMPLE_TASK_ID}`, 'GET, HEAD'],
		['/v1/health?x=1', 'GET, HEAD'],
	] as const;
	for (const [path, methods] of cases) {
		const { status, headers, bytes } = await request('OPTIONS', path, {
			headers: { ...PREFLIGHT, 'x-test-principal': 'nobody' },
		});
		t.equal(status, 204, path);
		t.equal(bytes.length, 0);
		t.strictSame(corsOf(headers), {
			'access-control-allow-origin': '*',
			'access-control-allow-methods': methods,
			'access-control-allow-headers':
				'content-type, content-encoding, authorization, idempotency-key, prefer, if-none-match, traceparent',
			'access-control-max-age': '7200',
		});
	}
	const plain = await request('OPTIONS', '/v1/tasks');
	t.match(plain, { status: 204, headers: { allow: 'GET, HEAD, POST' } });
	t.notOk('access-control-allow-methods' in plain.headers, 'no preflight');
	t.match(await request('OPTIONS', '/v1/nothing', { headers: PREFLIGHT }), {
		status: 404,
		headers: { 'access-control-allow-origin': '*' },
		body: { type: '/problems/not-found' },
	});
});

test('a stage that names its origins serves no others', async (t) => {
	const { request } = createTestApi(t, {
		allowedOrigins: parseAllowedOrigins('https://app.example, http://localhost:5173'),
	});
	for (const origin of [PAGE, 'http://localhost:5173']) {
		const { headers } = await request('GET', '/v1/health', { headers: { origin } });
		t.equal(headers['access-control-allow-origin'], origin);
		t.match(headers['vary'], /(^|, )origin(,|$)/);
	}
	for (const origin of ['https://evil.example', 'https://app.example.evil', 'null', `${PAGE}/`]) {
		for (const method of ['GET', 'OPTIONS'] as const) {
			const { status, headers } = await request(method, '/v1/health', { headers: { ...PREFLIGHT, origin } });
			t.equal(status, method === 'GET' ? 200 : 204);
			t.strictSame(corsOf(headers), {}, origin);
			t.match(headers['vary'], /(^|, )origin(,|$)/, 'a cache must not give it to an origin that is served');
		}
	}
	const silent = await request('GET', '/v1/health');
	t.strictSame(corsOf(silent.headers), {});
	t.match(silent.headers['vary'], /(^|, )origin(,|$)/);
});

test('a method that a path does not take is told with those it takes', async (t) => {
	const { request } = createTestApi(t);
	t.match(await request('DELETE', `/v1/tasks/${EXAMPLE_TASK_ID}`), {
		status: 405,
		headers: { allow: 'GET, HEAD' },
		body: { type: '/problems/method-not-allowed' },
	});
});
