import { once } from 'node:events';
import { createServer, request } from 'node:http';
import { decodeJwt } from 'jose';
import { type Test, test } from 'tap';
import { createJwtAuthorizer } from '../../../src/local-aws/gateway/jwt-authorizer.ts';
import { createLocalIssuer } from '../../../src/local-aws/gateway/local-issuer.ts';
import { createLocalRoutes, type LocalRoutesOptions } from '../../../src/local-aws/gateway/local-routes.ts';
import { UnexpectedShapeError } from '../../../src/local-aws/parse.ts';

const JSON_BODY = { 'content-type': 'application/json' };

async function serveLocalRoutes(t: Test, options: Partial<LocalRoutesOptions> = {}) {
	let ids = 0;
	const issuer = createLocalIssuer({
		clock: { now: () => Date.UTC(2026, 0, 1) },
		newId: () => `id-${++ids}`,
		issuer: 'http://localhost:4000/issuer',
		audience: 'task-api',
	});
	const answer = createLocalRoutes({ issuer, stack: () => ({ region: 'us-east-1' }), ...options });
	const server = createServer((request, response) => {
		if (!answer(request, response)) response.writeHead(418).end();
	}).listen(0, '127.0.0.1');
	await once(server, 'listening');
	t.teardown(() => {
		server.closeAllConnections();
		server.close();
	});
	const address = server.address();
	const port = typeof address === 'object' && address !== null ? address.port : 0;
	const ask = async (
		method: string,
		path: string,
		body?: string,
		headers: Record<string, string> = JSON_BODY,
	) => {
		const response = await fetch(`http://127.0.0.1:${port}${path}`, {
			method,
			headers,
			...(body !== undefined && { body }),
		});
		const text = await response.text();
		return { status: response.status, body: text === '' ? undefined : JSON.parse(text) };
	};
	return { ask, issuer, port };
}

test('the authorizer accepts a requested token', async (t) => {
	const { ask, issuer } = await serveLocalRoutes(t);
	const { status, body } = await ask('POST', '/_local/tokens', '{"sub":"ada","scope":"tasks:read"}');
	t.equal(status, 200);
	const keys = await ask('GET', '/_local/jwks');
	const authorize = createJwtAuthorizer(
		async () => keys.body,
		() => Date.UTC(2026, 0, 1),
	);
	t.match(
		await authorize(body.access_token, {
			issuer: issuer.issuer,
			audience: [issuer.audience],
			scopes: ['tasks:read'],
		}),
		{ outcome: 'allowed', token: { claims: { sub: 'ada' } } },
	);
});

test('the discovery document leads to the keys', async (t) => {
	const { ask, issuer } = await serveLocalRoutes(t);
	const { body } = await ask('GET', '/issuer/.well-known/openid-configuration?x=1');
	t.match(body, { issuer: issuer.issuer, jwks_uri: 'http://localhost:4000/_local/jwks' });
	t.strictSame((await ask('GET', new URL(body.jwks_uri).pathname)).body, await issuer.jwks());
});

test('invalid input is answered with a message', async (t) => {
	const { ask } = await serveLocalRoutes(t);
	const table: [method: string, path: string, body: string | undefined, status: number, message: RegExp][] = [
		['POST', '/_local/tokens', undefined, 400, /token request/],
		['POST', '/_local/tokens', '{', 400, /not JSON/],
		['POST', '/_local/tokens', '{"scope":"a"}', 400, /sub/],
		['POST', '/_local/tokens', '{"sub":"","scope":"a"}', 400, /sub/],
		['POST', '/_local/tokens', `{"sub":"${'a'.repeat(70_000)}"}`, 413, /65536/],
		['GET', '/_local/tokens', undefined, 404, /GET \/_local\/tokens/],
		['GET', '/_local/nothing', undefined, 404, /GET \/_local\/nothing/],
		['GET', '/_local/slack', undefined, 404, /slack/],
	];
	for (const [method, path, body, status, message] of table) {
		t.match(
			await ask(method, path, body),
			{ status, body: { message } },
			`${method} ${path} ${body?.slice(0, 40)}`,
		);
	}
});

test('stack, Slack and faults return their values', async (t) => {
	let rate: unknown = 0;
	const messages: unknown[] = [];
	const { ask } = await serveLocalRoutes(t, {
		routes: {
			'GET /_local/slack': () => messages,
			'POST /_local/slack': (message) => void messages.push(message),
			'GET /_local/logs': (_body, query) => ({ task: query.get('task_id') }),
		},
		faults: {
			read: () => ({ rate }),
			change(input) {
				if (typeof input !== 'object' || input === null || !('rate' in input)) {
					throw new UnexpectedShapeError('Faults have a rate');
				}
				rate = input.rate;
				return { rate };
			},
		},
	});
	t.strictSame(await ask('GET', '/_local/stack'), { status: 200, body: { region: 'us-east-1' } });
	t.strictSame(await ask('POST', '/_local/slack', '{"text":"hello"}'), { status: 200, body: {} });
	t.strictSame(await ask('GET', '/_local/slack'), { status: 200, body: [{ text: 'hello' }] });
	t.strictSame(await ask('GET', '/_local/logs?task_id=a%2Fb'), { status: 200, body: { task: 'a/b' } });
	t.strictSame(await ask('PUT', '/_local/faults', '{"rate":1}'), { status: 200, body: { rate: 1 } });
	t.strictSame(await ask('GET', '/_local/faults'), { status: 200, body: { rate: 1 } });
	t.match(await ask('PUT', '/_local/faults', '[]'), { status: 400, body: { message: 'Faults have a rate' } });
});

test('a failing route is a 500, and other paths are passed on', async (t) => {
	const { ask } = await serveLocalRoutes(t, {
		stack() {
			throw new Error('not ready');
		},
	});
	t.strictSame(await ask('GET', '/_local/stack'), { status: 500, body: { message: 'not ready' } });
	for (const path of ['/', '/v1/tasks', '/_locals', '/.well-known/openid-configuration', '//_local/stack']) {
		t.equal((await ask('GET', path)).status, 418, path);
	}
});

test('a write without a JSON body is refused, since a form of any web page could send it', async (t) => {
	const { ask } = await serveLocalRoutes(t, {
		faults: { read: () => ({}), change: () => t.fail('no change') },
	});
	for (const type of ['text/plain;charset=UTF-8', 'application/x-www-form-urlencoded', 'application/jsonx'])
		t.match(await ask('PUT', '/_local/faults', '{"x":1}', { 'content-type': type }), {
			status: 415,
			body: { message: /content-type: application\/json/ },
		});
});

test('tokens contain any claims: lists and objects; null removes a default', async (t) => {
	const { ask } = await serveLocalRoutes(t);
	const claims = {
		sub: 'ada',
		aud: null,
		client_id: 'app',
		scp: ['tasks:read'],
		roles: ['a'],
		org: { id: 1 },
	};
	const { body } = await ask('POST', '/_local/tokens', JSON.stringify({ ...claims, expires_in: 60 }));
	const minted = decodeJwt(body.access_token);
	t.match(minted, { sub: 'ada', client_id: 'app', scp: ['tasks:read'], roles: ['a'], org: { id: 1 } });
	t.notOk('aud' in minted || 'expires_in' in minted);
	t.equal(Number(minted.exp) - Number(minted.iat), 60);
});

test('only this machine and pages of the same origin reach the local routes', async (t) => {
	const { port, issuer } = await serveLocalRoutes(t);
	const statusOf = async (path: string, headers: Record<string, string>) => {
		// fetch does not let a caller choose the host.
		const sent = request({ port, host: '127.0.0.1', path, headers });
		sent.end();
		const [response] = await once(sent, 'response');
		response.resume();
		return response.statusCode;
	};
	const own = `127.0.0.1:${port}`;
	const table: [headers: Record<string, string>, status: number][] = [
		[{ host: own }, 200],
		[{ host: 'localhost' }, 200],
		[{ host: 'bucket.localhost:1' }, 200],
		[{ host: '[::1]:4000' }, 200],
		[{ host: own, origin: `http://${own}` }, 200],
		[{ host: own, origin: 'http://localhost:1' }, 403],
		[{ host: own, origin: 'https://evil.example' }, 403],
		[{ host: own, origin: 'null' }, 403],
		[{ host: own, origin: `ftp://${own}` }, 403],
		[{ host: 'evil.example' }, 403],
		[{ host: 'localhost.evil.example' }, 403],
		[{ host: '127.0.0.1.evil.example' }, 403],
		[{ host: 'evil.example', origin: 'http://evil.example' }, 403],
	];
	for (const [headers, status] of table)
		for (const path of [
			'/_local/stack',
			new URL(issuer.issuer).pathname + '/.well-known/openid-configuration',
		])
			t.equal(await statusOf(path, headers), status, `${path} ${JSON.stringify(headers)}`);
});
