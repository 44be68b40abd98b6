import awsLambdaFastify from '@fastify/aws-lambda';
import fastify, { type FastifyRequest } from 'fastify';
import { type Test, test } from 'tap';
import { httpEvent } from '../../src/deploy/code-cache/warm-up-events.ts';
import { createHttpHandler, type HttpResult } from '../../src/lambda/parts/http-handler.ts';

const CONTEXT = { awsRequestId: 'request-1' };

/** An app with a route for each thing that an event can carry, and its handler made both ways. */
function setup(t: Test) {
	const finished: string[] = [];
	const newApp = () => {
		const app = fastify();
		t.teardown(() => app.close());
		app.addContentTypeParser(
			'application/octet-stream',
			{ parseAs: 'buffer' },
			async (_: FastifyRequest, body: Buffer) => body,
		);
		app.addHook('onResponse', async (request) => void finished.push(request.url));
		app.all('/echo', { exposeHeadRoute: false }, async ({ method, url, headers, query, body }) => ({
			method,
			url,
			query,
			cookie: headers.cookie,
			custom: headers['x-custom'],
			length: headers['content-length'],
			body: Buffer.isBuffer(body) ? body.toString('hex') : body,
		}));
		app.get('/cookies', async (_request, reply) => reply.header('set-cookie', ['a=1', 'b=2']).send({}));
		app.get('/multi', async (_request, reply) =>
			reply.header('vary', ['accept', 'origin']).header('x-number', 7).send('ok'),
		);
		app.get('/compressed', async (_request, reply) =>
			reply.header('content-encoding', 'gzip').send(Buffer.from([0x1f, 0x8b, 0xff])),
		);
		app.get('/stream', async (_request, reply) =>
			reply.type('text/plain').send(new Blob(['streamed']).stream()),
		);
		app.get('/fails', async () => Promise.reject(new Error('on purpose')));
		app.get('/empty', async (_request, reply) => reply.code(204).send());
		app.get(
			'/hooked',
			{ onSend: async (_request, reply, payload) => (reply.header('x-hooked', 'yes'), payload) },
			async () => 'hi',
		);
		return app;
	};
	const injected = newApp();
	const injecting = awsLambdaFastify(injected, { parseCommaSeparatedQueryParams: false });
	const routed = newApp();
	const { handler, invocationOf } = createHttpHandler<typeof CONTEXT>((request, response) =>
		routed.routing(request, response),
	);
	routed.get('/invocation', async (request) => invocationOf(request));
	return {
		finished,
		routed: async (event: object): Promise<HttpResult> => {
			await routed.ready();
			return handler(event, CONTEXT);
		},
		injected: async (event: object): Promise<unknown> =>
			Reflect.apply(injecting, undefined, [event, CONTEXT]),
	};
}

/** What a connection has and an event has not. */
function withoutConnection(answer: object) {
	const { headers, ...others } = { headers: {}, ...answer };
	const { date: _, connection: __, 'transfer-encoding': ___, ...told } = Object(headers);
	return { ...others, headers: told };
}

const withQuery = (path: string, query: string) => ({
	...httpEvent('GET', path),
	rawQueryString: query,
	queryStringParameters: Object.fromEntries(new URLSearchParams(query)),
});

const EVENTS: Readonly<Record<string, object>> = {
	'a GET': httpEvent('GET', '/echo'),
	'a query': withQuery('/echo', 'a=1&b=xy'),
	'a body of JSON': httpEvent('POST', '/echo', '{"name":"Ada"}'),
	'a body in base64': {
		...httpEvent('POST', '/echo', Buffer.from([0, 255, 128]).toString('base64')),
		headers: { 'content-type': 'application/octet-stream' },
		isBase64Encoded: true,
	},
	'a body without its length': {
		...httpEvent('PUT', '/echo', '{"a":1}'),
		headers: { 'content-type': 'application/json' },
	},
	'a body that is no JSON': httpEvent('POST', '/echo', '{'),
	'a body that is announced and empty': httpEvent('POST', '/echo', ''),
	'cookies that come': { ...httpEvent('GET', '/echo'), cookies: ['a=1', 'b=2'] },
	'names of headers in capitals': { ...httpEvent('GET', '/echo'), headers: { 'X-Custom': 'yes' } },
	'forged headers of the library': {
		...httpEvent('GET', '/echo'),
		headers: { 'x-apigateway-event': '%7B%7D', 'x-aws-lambda-fastify-request': 'x', 'x-custom': 'kept' },
	},
	'cookies that go': httpEvent('GET', '/cookies'),
	'several values, and a number': httpEvent('GET', '/multi'),
	'compressed bytes': httpEvent('GET', '/compressed'),
	'a stream': httpEvent('GET', '/stream'),
	'a failure': httpEvent('GET', '/fails'),
	'no content': httpEvent('GET', '/empty'),
	'a hook': httpEvent('GET', '/hooked'),
	'a HEAD': httpEvent('HEAD', '/hooked'),
	'no route': httpEvent('GET', '/nowhere'),
	'no route, HEAD': httpEvent('HEAD', '/nowhere'),
};

test('an event is answered as @fastify/aws-lambda answers it', async (t) => {
	for (const [name, event] of Object.entries(EVENTS)) {
		await t.test(name, async (t) => {
			const { routed, injected } = setup(t);
			const expected = Object(await injected(structuredClone(event)));
			t.strictSame(withoutConnection(await routed(structuredClone(event))), withoutConnection(expected));
			t.type(expected.statusCode, 'number');
		});
	}
});

test('a query is handed over as the client wrote it', async (t) => {
	const { routed } = setup(t);
	const { body } = await routed(withQuery('/echo', 'a=1&a=2&b=x%20y'));
	t.match(JSON.parse(body), { url: '/echo?a=1&a=2&b=x%20y', query: { a: ['1', '2'], b: 'x y' } });
});

test('hooks after the answer are run', async (t) => {
	const { routed, finished } = setup(t);
	await routed(httpEvent('GET', '/hooked'));
	t.strictSame(finished, ['/hooked']);
});

test('a request knows its invocation, and nobody can forge one', async (t) => {
	const { routed } = setup(t);
	const event = {
		...httpEvent('GET', '/invocation'),
		headers: { 'x-apigateway-event': '%7B%22forged%22%3Atrue%7D' },
	};
	const { body } = await routed(event);
	t.strictSame(JSON.parse(body), { event, context: CONTEXT });
});

test('what is no event of an HTTP API is refused', async (t) => {
	const { routed } = setup(t);
	await t.rejects(routed({ rawPath: '/echo' }), { code: 'unexpected-shape' });
});
