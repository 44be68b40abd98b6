import { once } from 'node:events';
import { request as send } from 'node:http';
import { setImmediate } from 'node:timers/promises';
import { test } from 'tap';
import { createLocalIssuer } from '../../../src/local-aws/gateway/local-issuer.ts';
import { createManualClock } from '../../support/manual-clock.ts';
import { serveGateway } from './serve-gateway.ts';

test('a failed function is a 500 without the cause', async (t) => {
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

test('a slow function is a 503 after the route’s timeout, or 30 seconds', async (t) => {
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

test('the timeout is cancelled when the function responds', async (t) => {
	let waits = 0;
	const clock = {
		now: () => 0,
		after() {
			waits++;
			return () => {
				waits--;
			};
		},
	};
	const { url } = await serveGateway(
		t,
		{},
		{
			clock,
			async invoke() {
				t.equal(waits, 1);
				return { ok: true, payload: '{}' };
			},
		},
	);
	await fetch(url);
	t.equal(waits, 0);
});

test('the signal aborts when the client disconnects', async (t) => {
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

test('a client that disconnects during its body invokes no function and logs no error', async (t) => {
	const errors: unknown[] = [];
	const begun = Promise.withResolvers<void>();
	const ended = Promise.withResolvers<void>();
	const { url, calls } = await serveGateway(
		t,
		{},
		{
			log: { error: (...line) => void errors.push(line) },
			local(request) {
				request.once('data', () => begun.resolve()).once('close', () => ended.resolve());
				return false;
			},
		},
	);
	const client = send(url, { method: 'POST', headers: { 'content-length': 100 } }).on('error', () => {});
	client.write('half');
	await begun.promise;
	client.destroy();
	await ended.promise;
	await setImmediate();
	t.strictSame([errors, calls], [[], []]);
});

test('an authorizer protects its own route only', async (t) => {
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
		{ clock, keys: () => issuer.jwks() },
	);
	const get = (path: string, headers: Record<string, string> = {}) => fetch(`${url}${path}`, { headers });
	const bearer = async (scope: string) => ({
		authorization: `Bearer ${await issuer.issue({ sub: 'ada', scope })}`,
	});

	t.equal((await get('/v1/health')).status, 200);
	t.notMatch(calls[0]?.event, { requestContext: { authorizer: Object } });

	const anonymous = await get('/v1/tasks');
	t.strictSame(
		[anonymous.status, anonymous.headers.get('www-authenticate'), await anonymous.text()],
		[401, 'Bearer', '{"message":"Unauthorized"}'],
	);
	const narrow = await get('/v1/tasks', await bearer('tasks:write'));
	t.strictSame([narrow.status, await narrow.text()], [403, '{"message":"Forbidden"}']);
	t.equal((await get('/v1/tasks', { authorization: 'Basic YTpi' })).status, 401);
	t.equal(calls.length, 1, 'none of these reached the function');

	t.equal((await get('/v1/tasks', await bearer('tasks:read openid'))).status, 200);
	t.match(calls[1]?.event, {
		requestContext: {
			authorizer: {
				jwt: { claims: { sub: 'ada', scope: 'tasks:read openid' }, scopes: ['tasks:read', 'openid'] },
			},
		},
	});
});

test('unavailable keys are a 500, not a 401', async (t) => {
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

test('every path begins with the stage’s name, except for the default stage', async (t) => {
	const { url, calls } = await serveGateway(t, {
		stage: 'dev',
		routes: [
			{ routeKey: '$default', functionName: 'rest' },
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

test('requests to local routes do not reach the API', async (t) => {
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
