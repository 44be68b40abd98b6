import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { type Test, test } from 'tap';
import * as Type from 'typebox';
import { createPartnerClient, PartnerError } from '../../src/partners/partner-client.ts';

const TOKEN = 'a-token-nobody-may-see';
const Answer = Type.Object({ n: Type.Integer() });
const JSON_TYPE = { 'content-type': 'application/json' };
const MAX_ANSWER_BYTES = 1024 * 1024;

type Handle = (request: IncomingMessage, response: ServerResponse) => unknown;

/** Starts a server and a client that calls it. */
async function serve(t: Test, handle: Handle, timeoutMs = 60_000) {
	const requests: IncomingMessage[] = [];
	const server = createServer((request, response) => {
		requests.push(request);
		handle(request, response);
	}).listen(0, '127.0.0.1');
	await once(server, 'listening');
	t.teardown(() => {
		server.closeAllConnections();
		server.close();
	});
	const baseUrl = `http://127.0.0.1:${Object(server.address()).port}/base`;
	const reads: boolean[] = [];
	let tokens = [TOKEN];
	const client = createPartnerClient({
		partner: 'test',
		baseUrl,
		timeoutMs,
		token: async ({ fresh } = { fresh: false }) => {
			reads.push(fresh);
			if (fresh && tokens.length > 1) tokens = tokens.slice(1);
			return tokens[0] ?? '';
		},
	});
	return {
		server,
		requests,
		reads,
		setTokens: (...all: string[]) => {
			tokens = all;
		},
		call: (signal?: AbortSignal) =>
			client.call('/things', { a: 1 }, Answer, {
				idempotencyKey: 'key-1',
				...(signal === undefined ? {} : { signal }),
			}),
	};
}

const answer =
	(status: number, headers: Record<string, string> = {}, body: string | Buffer = '') =>
	(_request: IncomingMessage, response: ServerResponse) => {
		response.writeHead(status, headers).end(body);
	};

/** Returns the error of a call after checking that it contains no secret. */
async function errorOf(t: Test, call: Promise<unknown>): Promise<PartnerError> {
	const error: unknown = await call.then(
		() => undefined,
		(thrown: unknown) => thrown,
	);
	if (!(error instanceof PartnerError)) throw new Error('no PartnerError', { cause: error });
	t.notMatch(`${error.stack} ${String(error.cause)}`, /127\.0\.0\.1|nobody-may-see|hunter2/);
	return error;
}

test('a request contains the token, the key and JSON', async (t) => {
	const { call, requests, reads } = await serve(t, async (request, response) => {
		t.equal(await text(request), '{"a":1}');
		response
			.writeHead(200, { 'content-type': 'application/vnd.x+json; charset=utf-8' })
			.end('{"n":7,"more":1}');
	});
	t.strictSame(await call(), { n: 7, more: 1 });
	t.strictSame(reads, [false]);
	t.match(requests, [
		{
			method: 'POST',
			url: '/base/things',
			headers: {
				accept: 'application/json',
				authorization: `Bearer ${TOKEN}`,
				'content-type': 'application/json',
				'idempotency-key': 'key-1',
			},
		},
	]);
	t.equal(requests.length, 1);
});

test('each status maps to one error', async (t) => {
	const names = {
		400: 'PartnerRejected',
		403: 'PartnerUnauthorized',
		404: 'PartnerRejected',
		409: 'PartnerRejected',
		422: 'PartnerRejected',
		429: 'PartnerUnavailable',
		500: 'PartnerUnavailable',
		503: 'PartnerUnavailable',
		301: 'PartnerAnswerInvalid',
		204: 'PartnerAnswerInvalid',
	};
	for (const [status, name] of Object.entries(names)) {
		const { call, requests } = await serve(
			t,
			answer(
				Number(status),
				{ ...JSON_TYPE, location: '/base/elsewhere' },
				status === '204' ? '' : '{"n":1}',
			),
		);
		t.equal((await errorOf(t, call())).name, name, status);
		t.equal(requests.length, 1, `${status}: neither retried nor followed`);
	}
});

test('a response that does not match its schema is invalid', async (t) => {
	const pad = (bytes: number) => `{"n":1,"pad":"${'x'.repeat(bytes - 16)}"}`;
	const zipped = { ...JSON_TYPE, 'content-encoding': 'gzip' };
	const invalid: [what: string, headers: Record<string, string>, body: string | Buffer][] = [
		['no content type', {}, '{"n":1}'],
		['HTML', { 'content-type': 'text/html' }, '{"n":1}'],
		['almost JSON', { 'content-type': 'application/jsonp' }, '{"n":1}'],
		['broken JSON', JSON_TYPE, '{"n":1,hunter2'],
		['nothing', JSON_TYPE, ''],
		['another shape', JSON_TYPE, '{"n":"hunter2"}'],
		['an array', JSON_TYPE, '[1]'],
		['a byte too much', JSON_TYPE, pad(MAX_ANSWER_BYTES + 1)],
		['10 MB', JSON_TYPE, pad(10 * MAX_ANSWER_BYTES)],
		['10 MB in 10 KB', zipped, gzipSync(pad(10 * MAX_ANSWER_BYTES))],
	];
	for (const [what, headers, body] of invalid) {
		const { call } = await serve(t, answer(200, headers, body));
		t.equal((await errorOf(t, call())).name, 'PartnerAnswerInvalid', what);
	}
	const { call } = await serve(t, answer(200, JSON_TYPE, pad(MAX_ANSWER_BYTES)));
	t.match(await call(), { n: 1 }, 'exactly 1 MiB');
});

test('an endless response is aborted at 1 MiB', async (t) => {
	const closed = Promise.withResolvers<void>();
	const chunk = Buffer.alloc(64 * 1024, 0x20);
	const { call } = await serve(t, (_request, response) => {
		response.writeHead(200, JSON_TYPE).on('close', () => closed.resolve());
		const pour = () => {
			while (response.write(chunk));
			response.once('drain', pour);
		};
		pour();
	});
	t.equal((await errorOf(t, call())).name, 'PartnerAnswerInvalid');
	await closed.promise;
	t.pass('the connection is closed');
});

test('a partner that does not respond in time is unavailable', async (t) => {
	const silent: [what: string, handle: Handle][] = [
		['never answers', () => undefined],
		['never goes on after the head', (_, response) => response.writeHead(200, JSON_TYPE).write('{"n"')],
		[
			'drips',
			(_, response) => {
				response.writeHead(200, JSON_TYPE);
				const drip = setInterval(() => response.write(' '), 1);
				response.on('close', () => clearInterval(drip));
			},
		],
	];
	for (const [what, handle] of silent) {
		const { call } = await serve(t, handle, 50);
		t.match(
			await errorOf(t, call()),
			{ name: 'PartnerUnavailable', message: 'The test API did not respond within 50 ms.' },
			what,
		);
	}
});

test('a partner that cannot be reached is unavailable', async (t) => {
	const broken: [what: string, handle: Handle][] = [
		['hangs up', (request) => request.socket.destroy()],
		[
			'hangs up within the answer',
			(_, response) =>
				response
					.writeHead(200, { ...JSON_TYPE, 'content-length': '100' })
					.write('{"n"', () => response.destroy()),
		],
		['speaks no HTTP', (request) => request.socket.end('hunter2\r\n\r\n')],
	];
	for (const [what, handle] of broken) {
		const { call } = await serve(t, handle);
		t.equal((await errorOf(t, call())).name, 'PartnerUnavailable', what);
	}
	const { call, server } = await serve(t, answer(200));
	server.close();
	await once(server, 'close');
	t.match(await errorOf(t, call()), {
		name: 'PartnerUnavailable',
		message: 'The test API could not be reached.',
	});
});

test('a caller can abort a call', async (t) => {
	const reason = new Error('enough');
	const controller = new AbortController();
	const { call } = await serve(t, () => controller.abort(reason));
	await t.rejects(call(controller.signal), reason);
	await t.rejects(call(AbortSignal.abort(reason)), reason, 'before it began');
});

test('a refused token is read again once', async (t) => {
	const accepting = (valid: string) => (request: IncomingMessage, response: ServerResponse) =>
		answer(
			request.headers.authorization === `Bearer ${valid}` ? 200 : 401,
			JSON_TYPE,
			'{"n":1}',
		)(request, response);

	const rotated = await serve(t, accepting('rotated-token'));
	rotated.setTokens(TOKEN, 'rotated-token');
	t.strictSame(await rotated.call(), { n: 1 });
	t.strictSame([rotated.requests.length, rotated.reads], [2, [false, true]]);

	const wrong = await serve(t, accepting('another-token'));
	wrong.setTokens(TOKEN, 'rotated-token', 'another-token');
	t.match(await errorOf(t, wrong.call()), {
		name: 'PartnerUnauthorized',
		message: 'The test API refuses our token.',
	});
	t.strictSame([wrong.requests.length, wrong.reads], [2, [false, true]]);

	const same = await serve(t, accepting('another-token'));
	t.equal((await errorOf(t, same.call())).name, 'PartnerUnauthorized');
	t.equal(same.requests.length, 1, 'the same token is not sent again');
});
