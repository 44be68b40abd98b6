import { test } from 'tap';
import { serveGateway } from './serve-gateway.ts';

const TEN_MIB = 10 * 1024 * 1024;

const statusOf = (answer: string) => Number(answer.split(' ')[1]);
const bodyOf = (answer: string) => answer.slice(answer.indexOf('\r\n\r\n') + 4);

test('paths reach the function decoded and otherwise unchanged', async (t) => {
	const { exchange, calls } = await serveGateway(t);
	const table: [target: string, rawPath: string, rawQueryString: string][] = [
		['//v1//tasks', '//v1//tasks', ''],
		['/v1/../secret/./x', '/v1/../secret/./x', ''],
		['/a%2Fb', '/a/b', ''],
		['/a%3Fadmin=1?b=2', '/a', 'b=2'],
		['/a%2525', '/a%25', ''],
		['/a?b?c=%zz', '/a', 'b?c=%zz'],
		['/a?', '/a', ''],
		['http://evil.example/v1/tasks?x=1', '/v1/tasks', 'x=1'],
	];
	for (const [target, rawPath, rawQueryString] of table) {
		const answer = await exchange(`GET ${target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
		t.equal(statusOf(answer), 200, target);
		const { event = {} } = calls.at(-1) ?? {};
		t.strictSame([event['rawPath'], event['rawQueryString']], [rawPath, rawQueryString], target);
	}
});

test('an invalid percent-encoding is a 400', async (t) => {
	const { exchange, calls } = await serveGateway(t);
	for (const [method, target] of [
		['GET', '/a%zz'],
		['GET', '/a%'],
		['GET', '/%c3%28'],
		['OPTIONS', '*'],
	] as const) {
		const answer = await exchange(`${method} ${target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
		t.equal(statusOf(answer), 400, target);
		t.equal(bodyOf(answer), '{"message":"Bad Request"}');
	}
	t.equal(calls.length, 0);
});

test('an unknown route is a 404, even with a body', async (t) => {
	const { url } = await serveGateway(t, { routes: [{ routeKey: 'GET /v1/tasks', functionName: 'api' }] });
	for (const [method, path] of [
		['GET', '/v1/task'],
		['POST', '/v1/tasks'],
		['HEAD', '/v1/tasks'],
		['OPTIONS', '/v1/tasks'],
	] as const) {
		const response = await fetch(`${url}${path}`, {
			method,
			...(method === 'POST' && { body: Buffer.alloc(TEN_MIB) }),
		});
		t.equal(response.status, 404, `${method} ${path}`);
		t.equal(await response.text(), method === 'HEAD' ? '' : '{"message":"Not Found"}');
	}
});

test('bodies are read chunked, after 100-continue, and when empty', async (t) => {
	const { exchange, calls } = await serveGateway(t);
	const head = 'POST / HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain\r\nConnection: close\r\n';

	await exchange(`${head}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n`);
	t.match(calls[0]?.event, { body: 'abcde', headers: { 'content-length': '5' } });
	t.notMatch(calls[0]?.event, { headers: { 'transfer-encoding': String } });

	const continued = await exchange(`${head}Expect: 100-continue\r\nContent-Length: 2\r\n\r\nhi`);
	t.match(continued, /^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 /);
	t.match(calls[1]?.event, { body: 'hi' });
	t.notMatch(calls[1]?.event, { headers: { expect: String } });

	await exchange('GET / HTTP/1.0\r\n\r\n');
	t.match(calls[2]?.event, {
		headers: { host: 'localapi.execute-api.us-east-1.amazonaws.com' },
		requestContext: { http: { protocol: 'HTTP/1.0', userAgent: '' } },
	});
});

test('a body above 10 MB is a 413, with and without content-length', async (t) => {
	const { exchange, calls } = await serveGateway(t);
	const head = 'POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n';
	const size = TEN_MIB + 1;
	const body = 'x'.repeat(size);

	const announced = await exchange(`${head}Content-Length: ${size}\r\n\r\n${body}`);
	const chunked = await exchange(
		`${head}Transfer-Encoding: chunked\r\n\r\n${size.toString(16)}\r\n${body}\r\n0\r\n\r\n`,
	);
	for (const answer of [announced, chunked]) {
		t.equal(statusOf(answer), 413);
		t.equal(bodyOf(answer), '{"message":"Request Entity Too Large"}');
	}
	t.equal(calls.length, 0);
});

test('an event above Lambda’s 6 MB is a 413 too', async (t) => {
	const { url, calls } = await serveGateway(t);
	const post = (bytes: number) =>
		fetch(url, { method: 'POST', headers: { 'content-type': 'text/plain' }, body: 'x'.repeat(bytes) });
	t.equal((await post(6 * 1024 * 1024)).status, 413);
	t.equal(calls.length, 0);
	t.equal((await post(6 * 1024 * 1024 - 4096)).status, 200);
});

test('request line and header values are 10,240 bytes at most', async (t) => {
	const { exchange } = await serveGateway(t);
	const fixed = 'GET / HTTP/1.1'.length + 'a'.length + 'close'.length;
	const ask = (bytes: number) =>
		exchange(`GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nX-Pad: ${'x'.repeat(bytes - fixed)}\r\n\r\n`);
	t.equal(statusOf(await ask(10_240)), 200);
	const tooLarge = await ask(10_241);
	t.equal(statusOf(tooLarge), 431);
	t.equal(bodyOf(tooLarge), '{"message":"Request Header Fields Too Large"}');
});

test('repeated headers are joined, cookies are not', async (t) => {
	const { exchange, calls } = await serveGateway(t);
	const lines = [
		'Host: a',
		'X-Probe: 1',
		'x-probe: 2',
		'Cookie: a=1; b="2,3"',
		'cookie: c=4;',
		'Connection: close',
	];
	await exchange(`GET / HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`);
	const { event = {} } = calls[0] ?? {};
	t.match(event, { headers: { 'x-probe': /^1,2$/ } });
	t.strictSame(event['cookies'], ['a=1', 'b="2,3"', 'c=4']);
});

test('header and query names cannot change the event', async (t) => {
	const { exchange, calls } = await serveGateway(t);
	await exchange(
		'GET /?__proto__=1&constructor=2 HTTP/1.1\r\nHost: a\r\n__proto__: x\r\nrequestContext: {}\r\nConnection: close\r\n\r\n',
	);
	const { event } = calls[0] ?? {};
	t.match(JSON.stringify(event), /"queryStringParameters":\{"__proto__":"1","constructor":"2"\}/);
	t.match(event, { requestContext: { apiId: 'localapi' } });
	t.notMatch(event, { requestContext: { authorizer: Object } });
});
