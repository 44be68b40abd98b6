import { once } from 'node:events';
import { request as send } from 'node:http';
import { gzipSync } from 'node:zlib';
import { test } from 'tap';
import { createLocalIssuer } from '../../../src/local/gateway/local-issuer.ts';
import { createManualClock } from '../../support/manual-clock.ts';
import { serveGateway } from './serve-gateway.ts';

/** A function that answers every call with this. */
const answering = (answer: unknown) => ({
	invoke: async () => ({ ok: true, payload: JSON.stringify(answer) }),
});

test('an event says of a request what payload format 2.0 says', async (t) => {
	const { url, calls } = await serveGateway(t, {
		routes: [{ routeKey: 'POST /v1/{kind}/{id}', functionName: 'api' }],
	});
	const query = 'repeat=one&repeat=two&to=https%3A%2F%2Fx.org%2Fa&plus=a+b&encoded=a%2Bb&empty=';
	const response = await fetch(`${url}/v1/a%20task/caf%C3%A9?${query}`, {
		method: 'POST',
		headers: [
			['Content-Type', 'application/json; charset=utf-8'],
			['Cookie', 'session=a,b; theme=dark'],
			['X-Probe', 'first'],
			['X-Probe', 'second'],
			['X-Forwarded-For', '10.1.2.3'],
			['User-Agent', 'probe/1'],
		],
		body: '{"unicode":"λ"}',
	});
	t.equal(response.headers.get('apigw-requestid'), 'request-1');
	t.equal(calls[0]?.functionName, 'api');
	const { headers, ...event } = calls[0]?.event ?? {};
	t.strictSame(event, {
		version: '2.0',
		routeKey: 'POST /v1/{kind}/{id}',
		rawPath: '/v1/a task/café',
		rawQueryString: query,
		cookies: ['session=a,b', 'theme=dark'],
		queryStringParameters: {
			repeat: 'one,two',
			to: 'https://x.org/a',
			plus: 'a b',
			encoded: 'a+b',
			empty: '',
		},
		requestContext: {
			accountId: '000000000000',
			apiId: 'localapi',
			domainName: 'localapi.execute-api.us-east-1.amazonaws.com',
			domainPrefix: 'localapi',
			http: {
				method: 'POST',
				path: '/v1/a task/café',
				protocol: 'HTTP/1.1',
				sourceIp: '127.0.0.1',
				userAgent: 'probe/1',
			},
			requestId: 'request-1',
			routeKey: 'POST /v1/{kind}/{id}',
			stage: '$default',
			time: '01/Jan/2026:00:00:00 +0000',
			timeEpoch: Date.UTC(2026, 0, 1),
		},
		pathParameters: { kind: 'a task', id: 'café' },
		body: '{"unicode":"λ"}',
		isBase64Encoded: false,
	});
	t.match(headers, {
		'content-length': '16',
		'content-type': 'application/json; charset=utf-8',
		host: url.slice('http://'.length),
		'x-amzn-trace-id': /^Root=1-6955b900-[0-9a-f]{24}$/,
		'x-forwarded-for': '10.1.2.3, 127.0.0.1',
		'x-forwarded-port': url.split(':')[2],
		'x-forwarded-proto': 'http',
		'x-probe': /^first, ?second$/,
	});
	t.notMatch(headers, { cookie: String }, 'cookies are apart');
	t.notMatch(headers, { connection: String }, 'hop-by-hop headers end here');
});

test('what a request does not have, its event does not have', async (t) => {
	const { url, calls } = await serveGateway(t);
	await fetch(`${url}/`, { headers: { 'x-amzn-trace-id': 'Root=1-a-b', 'x-apigateway-event': '{}' } });
	const { event } = calls[0] ?? {};
	t.strictSame(Object.keys(event ?? {}), [
		'version',
		'routeKey',
		'rawPath',
		'rawQueryString',
		'headers',
		'requestContext',
		'isBase64Encoded',
	]);
	t.match(event, {
		rawQueryString: '',
		isBase64Encoded: false,
		headers: { 'x-amzn-trace-id': 'Root=1-a-b', 'x-apigateway-event': '{}', 'content-length': '0' },
	});
});

test('bodies come as text only where HTTP APIs take them for text', async (t) => {
	const { url, calls } = await serveGateway(t);
	const bytes = Buffer.from('{"a":1}');
	const table: [headers: Record<string, string>, isBase64Encoded: boolean][] = [
		[{ 'content-type': 'application/json' }, false],
		[{ 'content-type': 'APPLICATION/JSON;charset=utf-8' }, false],
		[{ 'content-type': 'text/anything' }, false],
		[{ 'content-type': 'application/xml' }, false],
		[{ 'content-type': 'application/javascript' }, false],
		[{ 'content-type': 'application/json', 'content-encoding': 'identity' }, false],
		[{ 'content-type': 'application/json', 'content-encoding': 'gzip' }, true],
		[{ 'content-type': 'application/problem+json' }, true],
		[{ 'content-type': 'application/x-www-form-urlencoded' }, true],
		[{ 'content-type': 'application/octet-stream' }, true],
		[{}, true],
	];
	for (const [headers, isBase64Encoded] of table) {
		const body = headers['content-encoding'] === 'gzip' ? gzipSync(bytes) : bytes;
		await fetch(url, { method: 'POST', headers, body });
		t.match(
			calls.at(-1)?.event,
			{ isBase64Encoded, body: body.toString(isBase64Encoded ? 'base64' : 'utf8') },
			JSON.stringify(headers),
		);
	}
});

test('a function’s answer is sent as it says', async (t) => {
	const { url } = await serveGateway(
		t,
		{},
		answering({
			statusCode: 201,
			headers: { Location: '/v1/tasks/1', 'X-Count': 3, 'Set-Cookie': 'a=1', 'Content-Length': '999' },
			cookies: ['b=2; Path=/', 'c=3'],
			body: Buffer.from([0, 255, 1]).toString('base64'),
			isBase64Encoded: true,
		}),
	);
	const response = await fetch(url);
	t.equal(response.status, 201);
	t.strictSame(response.headers.getSetCookie(), ['a=1', 'b=2; Path=/', 'c=3']);
	t.match(Object.fromEntries(response.headers), {
		location: '/v1/tasks/1',
		'x-count': '3',
		'content-length': '3',
		'content-type': 'text/plain;charset=UTF-8',
	});
	t.strictSame(Buffer.from(await response.arrayBuffer()), Buffer.from([0, 255, 1]));

	const head = await fetch(url, { method: 'HEAD' });
	t.equal(head.headers.get('content-length'), '3', 'HEAD has the length');
	t.equal((await head.arrayBuffer()).byteLength, 0, 'and not the body');
});

test('the answers that a function may leave half unsaid, and those that are none', async (t) => {
	const failure = [500, 'application/json', '{"message":"Internal Server Error"}'] as const;
	const table: [payload: string, status: number, contentType: string | null, body: string][] = [
		['{"task_id":"1"}', 200, 'application/json', '{"task_id":"1"}'],
		['"Hello"', 200, 'application/json', 'Hello'],
		['null', 200, 'application/json', 'null'],
		['[1,2]', 200, 'application/json', '[1,2]'],
		['{"statusCode":204}', 204, null, ''],
		['{"statusCode":304,"body":"x"}', 304, 'text/plain;charset=UTF-8', ''],
		['{"statusCode":404,"headers":null,"cookies":null,"body":null}', 404, null, ''],
		['{"statusCode":200,"headers":{"content-type":"a/b"},"body":"x"}', 200, 'a/b', 'x'],
		['{"statusCode":"x"}', ...failure],
		['{"statusCode":99}', ...failure],
		['{"statusCode":1000}', ...failure],
		['{"statusCode":200,"body":{"a":1}}', ...failure],
		['{"statusCode":200,"headers":[]}', ...failure],
		['{"statusCode":200,"headers":{"x y":"1"}}', ...failure],
		['{"statusCode":200,"headers":{"x":"a\\r\\nset-cookie: b"}}', ...failure],
		['{"statusCode":200,"cookies":["a\\nb"]}', ...failure],
		['not json', ...failure],
		['', ...failure],
	];
	let payload = '';
	const { url } = await serveGateway(t, {}, { invoke: async () => ({ ok: true, payload }) });
	for (const row of table) {
		payload = row[0];
		const response = await fetch(url);
		t.strictSame(
			[response.status, response.headers.get('content-type'), await response.text()],
			row.slice(1),
			payload,
		);
	}
});

test('a function that fails is a 500, which says nothing of the failure', async (t) => {
	const errors: unknown[] = [];
	const log = { error: (...line: unknown[]) => void errors.push(line) };
	const failed = await serveGateway(
		t,
		{},
		{ log, invoke: async () => ({ ok: false, payload: '{"errorMessage":"secret","statusCode":200}' }) },
	);
	const broken = await serveGateway(t, {}, { log, invoke: async () => Promise.reject(new Error('secret')) });
	for (const { url } of [failed, broken]) {
		const response = await fetch(url);
		t.equal(response.status, 500);
		t.equal(await response.text(), '{"message":"Internal Server Error"}');
	}
	t.match(
		errors,
		[['The gateway failed', { error: { message: 'secret' } }]],
		'the second is the gateway’s own',
	);
});

test('a function that is late is a 503 after the route’s time, or 30 seconds', async (t) => {
	for (const [timeoutMs, waitedMs] of [
		[2_000, 2_000],
		[undefined, 30_000],
		[90_000, 30_000],
	] as const) {
		const called = Promise.withResolvers<void>();
		const { url, clock, calls } = await serveGateway(
			t,
			{ routes: [{ routeKey: '$default', functionName: 'api', ...(timeoutMs && { timeoutMs }) }] },
			{
				invoke() {
					called.resolve();
					return Promise.withResolvers<never>().promise;
				},
			},
		);
		let answered = false;
		const response = fetch(url).finally(() => {
			answered = true;
		});
		await called.promise;
		await clock.advance(waitedMs - 1);
		t.notOk(answered, `nothing before ${waitedMs} ms`);
		await clock.advance(1);
		t.equal((await response).status, 503);
		t.equal(await (await response).text(), '{"message":"Service Unavailable"}');
		t.notOk(calls[0]?.signal.aborted, 'the function goes on, as on AWS');
	}
});

test('a client that hangs up raises the signal', async (t) => {
	const called = Promise.withResolvers<AbortSignal>();
	const { url } = await serveGateway(
		t,
		{},
		{
			invoke(_name, _payload, signal) {
				called.resolve(signal);
				return Promise.withResolvers<never>().promise;
			},
		},
	);
	const client = send(url).on('error', () => {});
	client.end();
	const signal = await called.promise;
	t.notOk(signal.aborted);
	const aborted = once(signal, 'abort');
	client.destroy();
	await aborted;
	t.ok(signal.aborted);
});

test('an authorizer stands before its route, and only there', async (t) => {
	const clock = createManualClock();
	let ids = 0;
	const issuer = createLocalIssuer({
		clock,
		newId: () => `id-${++ids}`,
		issuer: 'http://localhost:4000/_local',
		audience: 'task-api',
	});
	const authorizer = { issuer: issuer.issuer, audience: ['task-api'], scopes: ['tasks:read'] };
	const { url, calls } = await serveGateway(
		t,
		{
			routes: [
				{ routeKey: 'GET /v1/health', functionName: 'api' },
				{ routeKey: 'ANY /v1/{path+}', functionName: 'api', authorizer },
			],
		},
		{ clock, keys: async () => issuer.jwks() },
	);
	const get = (path: string, headers: Record<string, string> = {}) => fetch(`${url}${path}`, { headers });
	const bearer = (scope: string) => ({ authorization: `Bearer ${issuer.issue({ sub: 'ada', scope })}` });

	t.equal((await get('/v1/health')).status, 200);
	t.notMatch(calls[0]?.event, { requestContext: { authorizer: Object } });

	const anonymous = await get('/v1/tasks');
	t.strictSame(
		[anonymous.status, anonymous.headers.get('www-authenticate'), await anonymous.text()],
		[401, 'Bearer', '{"message":"Unauthorized"}'],
	);
	const narrow = await get('/v1/tasks', bearer('tasks:write'));
	t.strictSame([narrow.status, await narrow.text()], [403, '{"message":"Forbidden"}']);
	t.equal((await get('/v1/tasks', { authorization: 'Basic YTpi' })).status, 401);
	t.equal(calls.length, 1, 'none of these reached the function');

	t.equal((await get('/v1/tasks', bearer('tasks:read openid'))).status, 200);
	t.match(calls[1]?.event, {
		requestContext: {
			authorizer: {
				jwt: { claims: { sub: 'ada', scope: 'tasks:read openid' }, scopes: ['tasks:read', 'openid'] },
			},
		},
	});
});

test('keys that cannot be had are a failure of the gateway, not of the token', async (t) => {
	const authorizer = { issuer: 'x', audience: ['y'], scopes: [] };
	const { url, calls } = await serveGateway(
		t,
		{ routes: [{ routeKey: '$default', functionName: 'api', authorizer }] },
		{ keys: async () => Promise.reject(new Error('no route to the issuer')) },
	);
	const token = `${Buffer.from('{"alg":"RS256","kid":"k"}').toString('base64url')}.e30.AAAA`;
	t.equal((await fetch(url, { headers: { authorization: token } })).status, 500);
	t.equal(calls.length, 0);
});

test('the stage’s name begins every path but those of the default stage', async (t) => {
	const { url, calls } = await serveGateway(t, {
		stage: 'dev',
		routes: [
			{ routeKey: 'GET /', functionName: 'root' },
			{ routeKey: 'GET /v1/tasks', functionName: 'api' },
		],
	});
	t.equal((await fetch(`${url}/v1/tasks`)).status, 404);
	t.equal((await fetch(`${url}/device/v1/tasks`)).status, 404);
	t.equal((await fetch(`${url}/dev/v1/tasks`)).status, 200);
	t.equal((await fetch(`${url}/dev`)).status, 200);
	t.match(calls, [{ functionName: 'api', event: { rawPath: '/dev/v1/tasks' } }, { functionName: 'root' }]);
});

test('what the local routes take is none of the API', async (t) => {
	const { url, calls } = await serveGateway(
		t,
		{},
		{
			local(request, response) {
				if (request.url !== '/_local/x') return false;
				response.end('local');
				return true;
			},
		},
	);
	t.equal(await (await fetch(`${url}/_local/x`)).text(), 'local');
	t.equal(await (await fetch(`${url}/x`)).text(), '{}');
	t.equal(calls.length, 1);
});
