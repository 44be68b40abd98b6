import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { brotliDecompressSync, gzipSync } from 'node:zlib';
import { test } from 'tap';
import { bootPackaged } from '../../src/local/start-stack.ts';
import { createMovableClock } from '../support/movable-clock.ts';
import { createRecordingLog } from '../support/recording-log.ts';

test('compression, documentation and CORS through the gateway', async (t) => {
	const stack = await bootPackaged(
		{ port: 0, auth: 'jwt' },
		{ log: createRecordingLog().log, clock: createMovableClock() },
	);
	t.teardown(() => stack.close());
	const tokens = await fetch(`${stack.url}/_local/tokens`, {
		method: 'POST',
		headers: { 'content-type': 'application/json' },
		body: JSON.stringify({ sub: 'ada', scope: 'tasks:read tasks:write' }),
	});
	const authorization = `Bearer ${String(Object(await tokens.json()).access_token)}`;
	/** The raw bytes of the response; `fetch` would decode them. */
	const exchange = async (method: string, path: string, headers: Record<string, string>, body?: Buffer) => {
		const sent = httpRequest(`${stack.url}${path}`, { method, headers }).end(body);
		const [answer]: IncomingMessage[] = await once(sent, 'response');
		const bytes = Buffer.concat((await answer?.toArray()) ?? []);
		return { status: answer?.statusCode, headers: answer?.headers ?? {}, bytes };
	};

	await t.test('responses are compressed and complete', async (t) => {
		const plain = await exchange('GET', '/v1/openapi.json', {});
		const brotli = await exchange('GET', '/v1/openapi.json', { 'accept-encoding': 'gzip, br' });
		t.match(brotli, { status: 200, headers: { 'content-encoding': 'br', vary: /accept-encoding/ } });
		t.ok(brotli.bytes.length * 3 < plain.bytes.length);
		t.equal(brotliDecompressSync(brotli.bytes).toString(), plain.bytes.toString());
		const etag = String(brotli.headers.etag);
		t.match(await exchange('GET', '/v1/openapi.json', { 'if-none-match': etag }), { status: 304 });
	});

	await t.test('compressed request bodies are accepted', async (t) => {
		const headers = { authorization, 'content-type': 'application/json', 'content-encoding': 'gzip' };
		const body = JSON.stringify({ type: 'greeting', data: { name: 'Zoë' } });
		t.match(await exchange('POST', '/v1/tasks', headers, gzipSync(body)), { status: 202 });
		const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024));
		t.match(await exchange('POST', '/v1/tasks', headers, bomb), { status: 413 });
		const unknown = await exchange(
			'POST',
			'/v1/tasks',
			{ ...headers, 'content-encoding': 'br' },
			gzipSync(body),
		);
		t.match(unknown, { status: 415, headers: { 'accept-encoding': 'gzip, deflate' } });
	});

	await t.test('task types are served from the bundled definitions', async (t) => {
		t.match(await exchange('GET', '/v1/types', {}), { status: 401 });
		const { status, bytes } = await exchange('GET', '/v1/types/greeting', { authorization });
		t.equal(status, 200);
		t.match(JSON.parse(bytes.toString()), { type: 'greeting', definition: { StartAt: 'Validate' } });
	});

	await t.test('the documentation needs no token', async (t) => {
		const { status, headers, bytes } = await exchange('GET', '/v1/docs', {});
		t.equal(status, 200);
		t.match(headers, {
			'content-type': /^text\/html/,
			'content-security-policy': /script-src 'self' 'sha256-/,
		});
		t.match(bytes.toString(), /<script src="docs\/scalar.js"/);
		for (const path of ['/v1/docs', '/v1/openapi.json', '/v1/health'])
			t.equal((await exchange('HEAD', path, {})).status, 200, `HEAD ${path}`);
	});

	await t.test('pages of other origins may call the API', async (t) => {
		const origin = 'https://app.example';
		/** Tasks of the earlier tests may still run. */
		const invocationsOfApi = () =>
			Object.entries(stack.spy.invocations()).filter(([name]) =>
				/-(?:api|callbacks|docs|console)$/.test(name),
			);
		const before = invocationsOfApi();
		const preflight = await exchange('OPTIONS', '/v1/tasks', {
			origin,
			'access-control-request-method': 'POST',
			'access-control-request-headers': 'authorization,content-type',
		});
		t.match(preflight, {
			status: 204,
			headers: {
				'access-control-allow-origin': '*',
				'access-control-allow-methods': 'POST',
				'access-control-allow-headers': '*,authorization',
			},
		});
		const rejected = await exchange('GET', '/v1/tasks', { origin, authorization: 'Bearer a.b.c' });
		t.match(rejected, { status: 401, headers: { 'access-control-allow-origin': '*' } });
		t.match(rejected.headers['access-control-expose-headers'], /www-authenticate/);
		const tooLarge = await exchange(
			'POST',
			'/v1/tasks',
			{ origin, authorization },
			Buffer.alloc(11 * 2 ** 20),
		);
		t.match(tooLarge, { status: 413, headers: { 'access-control-allow-origin': '*' } });
		const longHead = await exchange('GET', '/v1/tasks', { origin, 'x-pad': 'x'.repeat(20_000) });
		t.match(longHead, { status: 431, headers: { 'access-control-allow-origin': '*' } });
		const callback = await exchange('OPTIONS', '/v1/callbacks/PROJ-123', {
			origin,
			'access-control-request-method': 'POST',
		});
		t.match(callback, { status: 204, headers: { 'access-control-allow-methods': 'POST' } });
		t.strictSame(invocationsOfApi(), before, 'the gateway answers all of these without an invocation');
		t.match(await exchange('PUT', '/v1/callbacks/PROJ-123', {}), { status: 405, headers: { allow: /POST/ } });
		const health = await exchange('GET', '/v1/health', { origin });
		t.match(health, { status: 200, headers: { 'access-control-allow-origin': '*' } });
		t.match(health.headers, { 'strict-transport-security': /^max-age=/, 'cache-control': 'no-store' });
	});
});
