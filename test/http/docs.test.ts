import { hash } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import { test } from 'tap';
import { createDocsApp } from '../../src/http/app.ts';
import { renderReferencePage } from '../../src/http/documents/reference-page.ts';
import { createRecordingLog } from '../support/recording-log.ts';

const { page, script } = await renderReferencePage();

test('the API reference runs its own scripts only and loads everything from its own origin', async (t) => {
	const app = createDocsApp({
		readDocument: async () => page,
		readDocsScript: async () => gzipSync(script),
		findCaller: () => undefined,
		log: createRecordingLog().log,
	});
	t.teardown(() => app.close());
	const response = await app.inject({ url: '/v1/docs', headers: { accept: 'text/html' } });
	t.match(response, { statusCode: 200, headers: { 'content-type': /^text\/html/, etag: /^W\// } });
	const policy = String(response.headers['content-security-policy']);
	t.match(policy, /^default-src 'none'; script-src 'self' 'sha256-/);
	t.notMatch(policy, /https?:|\*|script-src[^;]*unsafe/);
	const [, inline = ''] = /<script type="text\/javascript">([\s\S]*?)<\/script>/.exec(page) ?? [];
	t.match(policy, `'sha256-${hash('sha256', inline, 'base64')}'`);
	t.notMatch(page, /https?:\/\//, 'no address of another origin');
	t.match(page, 'src="docs/scalar.js"');
	t.equal((await app.inject({ url: '/v1/docs', headers: { accept: 'image/png' } })).statusCode, 406);
	const known = { 'if-none-match': String(response.headers['etag']) };
	t.equal((await app.inject({ url: '/v1/docs', headers: known })).statusCode, 304);

	const asset = await app.inject('/v1/docs/scalar.js');
	t.match(asset, {
		statusCode: 200,
		headers: { 'content-encoding': 'gzip', 'content-type': /^text\/javascript/ },
	});
	t.equal(gunzipSync(asset.rawPayload).toString(), script);
	// Lambda's limit of a response is 6 MB, in base64.
	t.ok(asset.rawPayload.length * (4 / 3) < 6_000_000);
});
