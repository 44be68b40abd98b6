import { brotliDecompressSync, deflateRawSync, deflateSync, gunzipSync, gzipSync } from 'node:zlib';
import { type Test, test } from 'tap';
import { createTestApi } from '../support/api.ts';
import { exampleTask } from '../support/example-task.ts';

const TEXT = JSON.stringify({ openapi: '3.1.0', filler: 'x'.repeat(2000) });
const MAX_BODY = 5 * 1024 * 1024;

function setup(t: Test) {
	const http = createTestApi(t, { readDocument: async () => TEXT });
	const get = (acceptEncoding?: string, url = '/v1/openapi.json', method: 'GET' | 'HEAD' = 'GET') =>
		http.request(method, url, {
			headers: acceptEncoding === undefined ? {} : { 'accept-encoding': acceptEncoding },
		});
	return { ...http, get };
}

test('a response has the coding that the client prefers', async (t) => {
	const { get } = setup(t);
	const cases: [acceptEncoding: string | undefined, coding: string | undefined][] = [
		[undefined, undefined],
		['', undefined],
		['br', 'br'],
		['gzip', 'gzip'],
		['x-gzip', 'gzip'],
		['gzip, deflate, br, zstd', 'br'],
		['GZIP', 'gzip'],
		['gzip;q=1.0, br;q=0.5', 'gzip'],
		['gzip;q=0.5', 'gzip'],
		['gzip;q=0.5, identity', undefined],
		['gzip;q=0.001, identity;q=0.002', undefined],
		['br;q=0, gzip', 'gzip'],
		['br;q=0, gzip;q=0', undefined],
		['*', 'br'],
		['*, br;q=0', 'gzip'],
		['*;q=0.1, identity', undefined],
		['identity;q=0, *', 'br'],
		['identity;q=0, gzip;q=0.1', 'gzip'],
		['deflate', undefined],
		['gzip ; Q = 0.5 , br;q=0.4', 'gzip'],
		['br;q=much', undefined],
	];
	for (const [acceptEncoding, coding] of cases) {
		const { status, headers, bytes } = await get(acceptEncoding);
		t.equal(status, 200);
		t.equal(headers['content-encoding'], coding, String(acceptEncoding));
		t.equal(headers['content-length'], String(bytes.length));
		t.match(headers['vary'], /(^|, )accept-encoding(,|$)/);
		const decoded =
			coding === undefined ? bytes : coding === 'br' ? brotliDecompressSync(bytes) : gunzipSync(bytes);
		t.equal(decoded.toString(), TEXT);
	}
});

test('a client that refuses every coding gets 406', async (t) => {
	const { get } = setup(t);
	for (const acceptEncoding of ['identity;q=0', '*;q=0', 'identity;q=0, deflate', 'identity;q=0, br;q=0.0'])
		t.match(
			await get(acceptEncoding),
			{ status: 406, body: { type: '/problems/not-acceptable' } },
			acceptEncoding,
		);
});

test('a short body is not compressed, unless identity is refused', async (t) => {
	const { get, request } = setup(t);
	const short = await get('br', '/v1/health');
	t.notOk('content-encoding' in short.headers);
	t.match(short.headers['vary'], /accept-encoding/, 'the route can be compressed all the same');
	const refused = await get('gzip, identity;q=0', '/v1/health');
	t.strictSame(JSON.parse(gunzipSync(refused.bytes).toString()), { status: 'ok', version: '1.2.3' });

	const exactly = async (length: number) => {
		const text = JSON.stringify('x'.repeat(length - 2));
		const { app } = createTestApi(t, { readDocument: async () => text });
		const { headers } = await app.inject({ url: '/v1/openapi.json', headers: { 'accept-encoding': 'gzip' } });
		return headers['content-encoding'];
	};
	t.equal(await exactly(1023), undefined);
	t.equal(await exactly(1024), 'gzip');
	const long = 'é'.repeat(600);
	const problem = await request('GET', `/${encodeURIComponent(long)}`, {
		headers: { 'accept-encoding': 'br' },
	});
	t.match(problem, { status: 404, headers: { 'content-encoding': 'br' } }, 'problems too');
});

test('a task’s result is compressed', async (t) => {
	const { get, store } = setup(t);
	const task = exampleTask({ status: 'SUCCEEDED', result: { text: 'y'.repeat(5000) } });
	await store.create(task);
	const { headers, bytes } = await get('br', `/v1/tasks/${task.taskId}`);
	t.equal(headers['content-encoding'], 'br');
	t.match(JSON.parse(brotliDecompressSync(bytes).toString()), { result: task.result });
});

test('HEAD has the headers of GET, and 204 and 304 are not compressed', async (t) => {
	const { get, request } = setup(t);
	for (const acceptEncoding of ['br', 'identity']) {
		const head = await get(acceptEncoding, '/v1/openapi.json', 'HEAD');
		const whole = await get(acceptEncoding);
		t.equal(head.bytes.length, 0);
		for (const name of [
			'content-length',
			'content-encoding',
			'content-type',
			'etag',
			'vary',
			'cache-control',
		])
			t.equal(head.headers[name], whole.headers[name], name);
	}
	const etag = String((await get('br')).headers['etag']);
	const known = await request('GET', '/v1/openapi.json', {
		headers: { 'accept-encoding': 'br', 'if-none-match': etag },
	});
	t.equal(known.status, 304);
	t.notOk('content-encoding' in known.headers);
	t.match(known.headers['vary'], /accept-encoding/);
	const preflight = await request('OPTIONS', '/v1/tasks', {
		headers: { 'accept-encoding': 'identity;q=0, br' },
	});
	t.equal(preflight.status, 204);
	t.notOk('content-encoding' in preflight.headers);
});

test('the ETag of a compressed body is weak, and an encoded body is not encoded again', async (t) => {
	const { app } = setup(t);
	const route = { config: { access: 'public' }, method: 'GET' } as const;
	app.route({
		...route,
		url: '/strong',
		handler: async (_request, reply) => reply.type('application/json').header('etag', '"a"').send(TEXT),
	});
	app.route({
		...route,
		url: '/encoded',
		handler: async (_request, reply) =>
			reply.type('text/plain').header('content-encoding', 'zstd').send(TEXT),
	});
	app.route({
		...route,
		url: '/picture',
		handler: async (_request, reply) => reply.type('image/png').send(TEXT),
	});
	const get = async (url: string, coding: string) =>
		(await app.inject({ url, headers: { 'accept-encoding': coding } })).headers;
	t.equal((await get('/strong', 'br'))['etag'], 'W/"a"');
	t.equal((await get('/strong', 'identity'))['etag'], '"a"');
	t.equal((await get('/encoded', 'br'))['content-encoding'], 'zstd');
	t.notOk('content-encoding' in (await get('/picture', 'br')));
});

test('an encoded body is accepted', async (t) => {
	const { post } = setup(t);
	const body = JSON.stringify({ type: 'greeting', data: { name: 'Ada' } });
	const cases = [
		['gzip', gzipSync(body)],
		['x-gzip', gzipSync(body)],
		['GZip', gzipSync(body)],
		['deflate', deflateSync(body)],
		['identity', Buffer.from(body)],
		['', Buffer.from(body)],
	] as const;
	for (const [coding, bytes] of cases)
		t.equal((await post(bytes, { 'content-encoding': coding })).status, 202, coding);
});

test('a wrongly encoded body is rejected', async (t) => {
	const { post } = setup(t);
	const body = JSON.stringify({ type: 'greeting', data: { name: 'Ada' } });
	const cases = [
		['gzip', body],
		['gzip', gzipSync(body).subarray(0, 20)],
		['gzip', ''],
		['gzip', deflateSync(body)],
		['deflate', deflateRawSync(body)],
	] as const;
	for (const [coding, payload] of cases)
		t.match(await post(payload, { 'content-encoding': coding }), {
			status: 400,
			body: { type: '/problems/bad-request', detail: `The body is not valid ${coding}.` },
		});
	const notJson = await post(gzipSync('{"type"'), { 'content-encoding': 'gzip' });
	t.match(notJson, { status: 400, body: { type: '/problems/malformed-json' } });
	for (const coding of ['br', 'zstd', 'gzip, gzip', 'constructor', 'deflate,identity'])
		t.match(
			await post(gzipSync(body), { 'content-encoding': coding }),
			{
				status: 415,
				headers: { 'accept-encoding': 'gzip, deflate' },
				body: { type: '/problems/unsupported-media-type' },
			},
			coding,
		);
});

test('a decompression bomb is rejected as too large', async (t) => {
	const { post } = setup(t);
	const spaces = (bytes: number) => gzipSync(Buffer.alloc(bytes, ' '), { level: 9 });
	const bomb = await post(spaces(256 * 1024 * 1024), { 'content-encoding': 'gzip' });
	t.match(bomb, { status: 413, body: { type: '/problems/payload-too-large' } });
	const justOver = await post(spaces(MAX_BODY + 1), { 'content-encoding': 'gzip' });
	t.equal(justOver.status, 413);
	const largest = await post(spaces(MAX_BODY), { 'content-encoding': 'gzip' });
	t.match(largest, { status: 400, body: { type: '/problems/malformed-json', detail: 'The body is empty.' } });
});
