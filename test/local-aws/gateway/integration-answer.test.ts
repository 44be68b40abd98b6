import { test } from 'tap';
import { serveGateway } from './serve-gateway.ts';

/** A function with a fixed response. */
const answering = (answer: unknown) => ({
	invoke: async () => ({ ok: true, payload: JSON.stringify(answer) }),
});

test('status, headers, cookies and body of a function’s response are sent', async (t) => {
	const { url } = await serveGateway(
		t,
		{},
		answering({
			statusCode: 201,
			headers: {
				Location: '/v1/tasks/1',
				'X-Count': 3,
				'Set-Cookie': 'a=1',
				'Content-Length': '999',
				'Transfer-Encoding': 'gzip',
			},
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
	t.notOk(response.headers.has('transfer-encoding'), 'the connection is the gateway’s');
	t.strictSame(Buffer.from(await response.arrayBuffer()), Buffer.from([0, 255, 1]));

	const head = await fetch(url, { method: 'HEAD' });
	t.equal(head.headers.get('content-length'), '3', 'HEAD has the length');
	t.equal((await head.arrayBuffer()).byteLength, 0, 'and not the body');
});

test('partial and invalid responses of a function', async (t) => {
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
