import { gzipSync } from 'node:zlib';
import { test } from 'tap';
import { serveGateway } from './serve-gateway.ts';

test('an event has the members of payload format 2.0', async (t) => {
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

test('an event omits members that the request lacks', async (t) => {
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

test('a body is text for the media types that HTTP APIs treat as text, else base64', async (t) => {
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
