import { test } from 'tap';
import type { CorsSettings } from '../../../src/local-aws/gateway/cors.ts';
import { serveGateway } from './serve-gateway.ts';

const CORS: CorsSettings = {
	allowOrigins: ['https://app.example.com', 'http://*'],
	allowMethods: ['GET', 'POST'],
	allowHeaders: ['authorization', 'content-type'],
	exposeHeaders: ['location', 'retry-after'],
	maxAge: 300,
	allowCredentials: true,
};

const AUTHORIZER = { issuer: 'x', audience: ['y'], scopes: [] };

const corsHeadersOf = (response: Response) =>
	Object.fromEntries([...response.headers].filter(([name]) => name.startsWith('access-control-')));

const get = (url: string, headers = {}) => fetch(url, { headers });

const preflight = (origin: string) => ({
	method: 'OPTIONS',
	headers: { origin, 'access-control-request-method': 'POST' },
});

test('the gateway answers preflights itself, on paths without a route too', async (t) => {
	const { url, calls } = await serveGateway(t, {
		cors: CORS,
		routes: [{ routeKey: 'POST /v1/tasks', functionName: 'api', authorizer: AUTHORIZER }],
	});
	for (const path of ['/v1/tasks', '/nowhere']) {
		const response = await fetch(`${url}${path}`, preflight('https://app.example.com'));
		t.equal(response.status, 204);
		t.notOk(response.headers.has('content-length'), 'no content-length');
		t.strictSame(corsHeadersOf(response), {
			'access-control-allow-credentials': 'true',
			'access-control-allow-headers': 'authorization,content-type',
			'access-control-allow-methods': 'GET,POST',
			'access-control-allow-origin': 'https://app.example.com',
			'access-control-max-age': '300',
		});
	}
	const stranger = await fetch(`${url}/v1/tasks`, preflight('https://app.example.com.evil.org'));
	t.equal(stranger.status, 204);
	t.strictSame(corsHeadersOf(stranger), {}, 'another origin is not allowed');
	t.equal(
		(await fetch(`${url}/v1/tasks`, { method: 'OPTIONS' })).status,
		404,
		'a request without an origin is no preflight',
	);
	const method = { 'access-control-request-method': 'POST' };
	t.equal(
		(await fetch(`${url}/v1/tasks`, { method: 'OPTIONS', headers: method })).status,
		404,
		'nor with the other headers of a preflight',
	);
	t.equal(calls.length, 0);
});

test('a preflight has no token: an authorizer on ANY or $default refuses it, as on AWS', async (t) => {
	const { url } = await serveGateway(t, {
		cors: CORS,
		routes: [
			{ routeKey: 'ANY /v1/{path+}', functionName: 'api', authorizer: AUTHORIZER },
			{ routeKey: 'OPTIONS /v1/open', functionName: 'api' },
		],
	});
	t.equal((await fetch(`${url}/v1/tasks`, preflight('http://localhost:3000'))).status, 401);
	t.equal((await fetch(`${url}/v1/open`, preflight('http://localhost:3000'))).status, 204);
});

test('refusals of the gateway have CORS headers, so that a page can read them', async (t) => {
	const { url, calls } = await serveGateway(t, {
		cors: { allowOrigins: ['*'] },
		routes: [
			{ routeKey: 'GET /closed', functionName: 'api', authorizer: AUTHORIZER },
			{ routeKey: 'POST /open', functionName: 'api' },
		],
	});
	const origin = 'https://app.example.com';
	const refused = {
		400: await get(`${url}/%zz`, { origin }),
		401: await get(`${url}/closed`, { origin, authorization: 'Bearer a.b.c' }),
		404: await get(`${url}/nowhere`, { origin }),
		413: await fetch(`${url}/open`, { method: 'POST', headers: { origin }, body: 'x'.repeat(11 * 2 ** 20) }),
		431: await get(`${url}/open`, { origin, 'x-pad': 'x'.repeat(12_000) }),
	};
	for (const [status, response] of Object.entries(refused)) {
		t.equal(response.status, Number(status));
		t.match(corsHeadersOf(response), { 'access-control-allow-origin': '*' }, status);
	}
	t.equal(calls.length, 0);
});

test('a response has the API’s CORS headers instead of the function’s', async (t) => {
	const answer = {
		statusCode: 200,
		headers: { 'Access-Control-Allow-Origin': '*', 'access-control-allow-methods': 'DELETE', 'x-own': '1' },
	};
	const invoke = async () => ({ ok: true, payload: JSON.stringify(answer) });
	const { url } = await serveGateway(t, { cors: CORS }, { invoke });

	const allowed = await get(url, { origin: 'http://localhost:3000' });
	t.strictSame(corsHeadersOf(allowed), {
		'access-control-allow-credentials': 'true',
		'access-control-allow-origin': 'http://localhost:3000',
		'access-control-expose-headers': 'location,retry-after',
	});
	t.equal(allowed.headers.get('x-own'), '1');
	t.strictSame(corsHeadersOf(await get(url, { origin: 'https://other.org' })), {});
	t.strictSame(corsHeadersOf(await get(url)), {});

	const open = await serveGateway(t, { cors: { allowOrigins: ['*'] } }, { invoke });
	t.strictSame(corsHeadersOf(await get(open.url, { origin: 'null' })), {
		'access-control-allow-origin': '*',
	});

	const without = await serveGateway(t, {}, { invoke });
	t.match(
		corsHeadersOf(await get(without.url)),
		{ 'access-control-allow-methods': 'DELETE' },
		'an API without CORS keeps the function’s headers',
	);
	t.equal(
		(await fetch(without.url, preflight('https://other.org'))).status,
		200,
		'and passes preflights to the function',
	);
});
