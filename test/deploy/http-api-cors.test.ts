import { test } from 'tap';
import { httpApiCors } from '../../src/deploy/http-api-cors.ts';

test('allowedOrigins accepts * or comma-separated origins', async (t) => {
	t.strictSame(httpApiCors('*').allowedOrigins, ['*']);
	t.strictSame(httpApiCors('https://app.example, http://localhost:5173').allowedOrigins, [
		'https://app.example',
		'http://localhost:5173',
	]);
	for (const origins of ['', 'app.example', 'https://app.example/', 'https://a.example,', 'https://*', '*,*'])
		t.throws(() => httpApiCors(origins), { message: /Invalid origin .* allowedOrigins/ }, origins);
});

test('every request header is allowed, authorization by name, and never credentials', async (t) => {
	const cors = httpApiCors('*');
	t.strictSame(cors.allowedHeaders, ['*', 'authorization']);
	t.notOk('allowCredentials' in cors);
	for (const header of ['location', 'retry-after', 'etag', 'idempotency-replayed', 'www-authenticate'])
		t.ok(cors.exposedResponseHeaders.includes(header), header);
});
