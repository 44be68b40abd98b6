import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { type Test, test } from 'tap';
import { findLimitFault, MAX_NODES } from '../../src/http/requests/json-limits.ts';
import { createTestApi } from '../support/api.ts';

const KIBIBYTE = 1024;

/** The app with one more route, which takes any JSON: what it answers is the body as it was read. */
function setup(t: Test) {
	const http = createTestApi(t);
	http.app.route({
		method: 'POST',
		url: '/any',
		config: { access: 'public' },
		handler: async (request, reply) => reply.type('application/json').send(JSON.stringify(request.body)),
	});
	const any = async (payload: string | Buffer) => {
		const { statusCode: status, payload: text } = await http.app.inject({
			method: 'POST',
			url: '/any',
			headers: { 'content-type': 'application/json' },
			payload,
		});
		return { status, body: JSON.parse(text) };
	};
	return { ...http, any };
}

const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);

test('bodies are accepted up to each limit', async (t) => {
	const { any } = setup(t);
	const text = (bytes: number) => JSON.stringify({ a: 'x'.repeat(bytes) });
	const accents = (bytes: number) => JSON.stringify({ a: 'é'.repeat(bytes / 2) });
	const list = (items: number) => JSON.stringify(Array(items).fill(0));
	const members = (count: number) =>
		JSON.stringify(Object.fromEntries(Array.from({ length: count }, (_, index) => [`m${index}`, 0])));
	const name = (bytes: number) => JSON.stringify({ ['n'.repeat(bytes)]: 0 });
	const cases = [
		['nesting_too_deep', nested(20), nested(21)],
		['nesting_too_deep', `{"a":${nested(19)}}`, `{"a":${nested(20)}}`],
		['too_long', list(1000), list(1001)],
		['too_long', members(1000), members(1001)],
		['string_too_long', text(256 * KIBIBYTE), text(256 * KIBIBYTE + 1)],
		['string_too_long', accents(256 * KIBIBYTE), accents(256 * KIBIBYTE + 2)],
		['string_too_long', name(256 * KIBIBYTE), name(256 * KIBIBYTE + 1)],
		['finite_number', '{"a":1e308}', '{"a":1e999}'],
		['finite_number', '[-1.7976931348623157e308]', '[-1e309]'],
		['string_unicode', String.raw`["\ud83d\ude00"]`, String.raw`["\ud83d"]`],
		['string_unicode', String.raw`{"\ud83d\ude00":1}`, String.raw`{"\ude00\ud83d":1}`],
		['string_unicode', String.raw`["\ufffd"]`, String.raw`["\uffff"]`],
		['extra_forbidden', '{"constructo":1}', '{"a":{"constructor":1}}'],
	] as const;
	for (const [type, good, bad] of cases) {
		t.equal((await any(good)).status, 200, `${type}: ${good.slice(0, 40)}`);
		t.match(await any(bad), { status: 422, body: { errors: [{ type }] } }, `${type}: ${bad.slice(0, 40)}`);
	}
});

test('JSON within the limits is read unchanged', async (t) => {
	const { any } = setup(t);
	const text = fc.string({ unit: 'binary' }).filter((each) => !/[\uFFFE\uFFFF]/.test(each));
	const name = text.filter((each) => !['__proto__', 'constructor', 'prototype'].includes(each));
	const number = fc.double({ noNaN: true, noDefaultInfinity: true });
	const { value } = fc.letrec((tie) => ({
		value: fc.oneof(
			{ depthSize: 'small', withCrossShrink: true },
			fc.constant(null),
			fc.boolean(),
			number,
			text,
			fc.array(tie('value'), { maxLength: 5 }),
			fc.dictionary(name, tie('value'), { maxKeys: 5 }),
		),
	}));
	const property = fc.asyncProperty(value, async (body) => {
		const payload = JSON.stringify(body);
		const answer = await any(payload);
		return answer.status === 200 && JSON.stringify(answer.body) === payload;
	});
	await t.resolves(fc.assert(property, { numRuns: 200, seed: 1 }));
});

test('an error names its location, in shortened names', async (t) => {
	const { any, post } = setup(t);
	t.strictSame((await any('{"a":[0,{"b":1e999}]}')).body.errors[0].loc, ['body', 'a', 1, 'b']);
	const long = 'n'.repeat(1000);
	const own = await post(JSON.stringify({ type: 'greeting', data: { name: 'Ada', [long]: 1 } }));
	t.match(own.body, { errors: [{ loc: ['body', 'data', `${'n'.repeat(100)}…`] }] });
	t.strictSame((await any(`{"${long}":1e999}`)).body.errors[0].loc, ['body', `${'n'.repeat(100)}…`]);
	t.strictSame((await any(String.raw`{"\ud800":1}`)).body.errors[0].loc, ['body', '�']);
});

test('no nesting exhausts the stack', async (t) => {
	const { any } = setup(t);
	for (const levels of [100_000, 2_500_000])
		t.match(await any(nested(levels)), { status: 422, body: { errors: [{ type: 'nesting_too_deep' }] } });
	t.match(await any('['.repeat(100_000)), { status: 400, body: { type: '/problems/malformed-json' } });
	t.match(await any('{"a":'.repeat(100_000)), { status: 400 });
});

test('a small compressed body cannot cause much work', async (t) => {
	const { app, post } = setup(t);
	const schemaErrors: number[] = [];
	// Runs after the validation, whose error the route of batches attaches to the request.
	app.addHook('preHandler', async ({ validationError }) => {
		schemaErrors.push(validationError?.validation?.length ?? 0);
	});
	const batch = (tasks: number, lists: number, values: number) => {
		const data = { channels: Array(lists).fill(Array(values).fill(0)) };
		return JSON.stringify({
			tasks: Array.from({ length: tasks }, () => ({ type: 'process-channels', data })),
		});
	};
	const send = (text: string) => {
		const packed = gzipSync(text, { level: 9 });
		t.ok(packed.length < 8 * KIBIBYTE, `${packed.length} bytes compressed`);
		return post(packed, { 'content-encoding': 'gzip' }, '/v1/tasks/batch');
	};
	const hostile = await send(batch(100, 64, 100));
	t.match(hostile, { status: 422, body: { errors: [{ type: 'too_long', loc: ['body'] }] } });
	t.strictSame(schemaErrors, [], '640,000 values never reach the schema');

	let visited = 0;
	const leaf = Object.defineProperty({}, 'value', { enumerable: true, get: () => (visited += 1) });
	findLimitFault(Array(1000).fill(Array(640).fill(leaf)));
	t.ok(visited > 0 && visited <= MAX_NODES, `${visited} of 640,000 values visited`);

	t.equal((await send(batch(100, 194, 0))).status, 200, 'within the limit each task has its own problem');
	const [count = 0] = schemaErrors;
	t.ok(count >= 100 && count <= MAX_NODES, `${count} schema errors`);
});

test('a body of exactly 5 MiB is read, one byte more is not', async (t) => {
	const { any } = setup(t);
	const largest = 5 * KIBIBYTE * KIBIBYTE;
	t.equal((await any(`[]${' '.repeat(largest - 2)}`)).status, 200);
	t.match(await any(`[]${' '.repeat(largest - 1)}`), {
		status: 413,
		body: { type: '/problems/payload-too-large' },
	});
});

test('JSON is UTF-8', async (t) => {
	const { any } = setup(t);
	const bytes = (...values: number[]) => Buffer.from([0x5b, 0x22, ...values, 0x22, 0x5d]);
	t.match(
		await any(Buffer.from('\uFEFF{"a":1}')),
		{ status: 200, body: { a: 1 } },
		'a byte order mark is left out',
	);
	t.strictSame((await any(String.raw`["a\u0000b"]`)).body, ['a\0b'], 'NUL may be in a text, escaped');
	const malformed = [
		['invalid UTF-8', bytes(0xff)],
		['an overlong form', bytes(0xc0, 0x80)],
		['a surrogate', bytes(0xed, 0xa0, 0x80)],
		['cut off', bytes(0xe2, 0x82)],
		['UTF-16', Buffer.from('{"a":1}', 'utf16le')],
		['a NUL as it is', bytes(0x00)],
		['two marks', Buffer.from('\uFEFF\uFEFF{}')],
		['NaN', Buffer.from('[NaN]')],
		['a comment', Buffer.from('{} // {}')],
		['a trailing comma', Buffer.from('[1,]')],
		['only a mark', Buffer.from('\uFEFF')],
	] as const;
	for (const [name, body] of malformed)
		t.match(await any(body), { status: 400, body: { type: '/problems/malformed-json' } }, name);
});

test('the last of duplicate members counts', async (t) => {
	const { any } = setup(t);
	t.strictSame((await any('{"a":1,"a":2}')).body, { a: 2 });
	t.match(await any('{"__proto__":{"a":1},"__proto__":1}'), { status: 422 });
});

test('only JSON in UTF-8 is taken', async (t) => {
	const { request } = createTestApi(t);
	const payload = JSON.stringify({ type: 'greeting', data: { name: 'Ada' } });
	const post = async (contentType?: string) =>
		request('POST', '/v1/tasks', {
			headers: contentType === undefined ? {} : { 'content-type': contentType },
			payload,
		});
	const taken = [
		'application/json',
		'Application/JSON',
		'application/json; charset=utf-8',
		'application/json;charset=UTF-8',
		'application/json; charset="utf-8"',
		'application/json; charset=utf8; version=1',
	];
	for (const type of taken) t.equal((await post(type)).status, 202, type);
	const refused = [
		undefined,
		'application/json; charset=latin1',
		'application/json; charset=utf-16',
		'application/json; version=1; charset=iso-8859-1',
		'application/problem+json',
		'application/json-patch+json',
		'application/merge-patch+json',
		'application/jsonp',
		'application/*',
		'text/json',
		'text/plain',
		'multipart/form-data; boundary=x',
		'application/json, text/plain',
		'json',
	];
	for (const type of refused)
		t.match(
			await post(type),
			{ status: 415, body: { type: '/problems/unsupported-media-type' } },
			String(type),
		);
});

test('a client that accepts neither JSON nor problems gets 406', async (t) => {
	const { request } = createTestApi(t);
	const get = (accept: string, path = '/v1/health') => request('GET', path, { headers: { accept } });
	const taken = [
		'',
		'*/*',
		'application/*',
		'application/json',
		'application/problem+json',
		'text/html, application/xhtml+xml, */*;q=0.8',
		'application/json;q=0.001',
		'application/json;q=0, application/problem+json',
		'text/html, *; q=.2, */*; q=.2',
		'APPLICATION/JSON',
		'application/json;indent=2',
	];
	for (const accept of taken) t.equal((await get(accept)).status, 200, accept);
	const refused = [
		'text/html',
		'application/xml',
		'application/json;q=0',
		'*/*;q=0',
		'text/*',
		'application/*;q=0, */*',
		'application/json;q=0, application/problem+json;q=0.0, */*',
		'image/webp, */*;q=0.000',
	];
	for (const accept of refused)
		t.match(
			await get(accept),
			{
				status: 406,
				headers: { 'content-type': /^application\/problem\+json/ },
				body: { type: '/problems/not-acceptable' },
			},
			accept,
		);
	t.equal((await get('text/html', '/nothing')).status, 404, 'what is not there is not there in any form');
});

test('a client that refuses plain JSON gets problems', async (t) => {
	const { request } = createTestApi(t);
	const get = async (accept: string) =>
		(await request('GET', '/v1/tasks/x', { headers: { accept } })).headers['content-type'];
	t.match(await get('application/json'), /^application\/json/);
	t.match(await get('application/json;q=0, */*'), /^application\/problem\+json/);
	t.match(await get('application/json, application/problem+json;q=0'), /^application\/json/);
});
