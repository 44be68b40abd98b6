import { hash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { test } from 'tap';
import { createTestApi } from '../support/api.ts';

test('the page may run what is in it, and nothing else', async (t) => {
	const page = await readFile(new URL('../../openapi/docs.html', import.meta.url), 'utf8');
	const { request } = createTestApi(t, { readDocument: async () => page });
	const answer = await request('GET', '/v1/docs', { headers: { 'x-test-principal': 'nobody' } });
	t.match(answer, {
		status: 200,
		headers: { 'content-type': /^text\/html/, 'cache-control': 'public, max-age=300', etag: /^W\// },
		body: page,
	});
	const policy = String(answer.headers['content-security-policy']);
	t.match(policy, /^default-src 'none';/);
	t.notMatch(policy, /unsafe|http|\*/);
	for (const element of ['style', 'script']) {
		const [, text = ''] = new RegExp(`<${element}>(.*?)</${element}>`, 's').exec(page) ?? [];
		t.not(text, '');
		t.match(policy, `${element}-src 'sha256-${hash('sha256', text, 'base64')}'`);
	}
	t.notMatch(page, /<[^>]+ (?:style|on\w+)=/, 'what the policy would refuse is not there');
	const known = await request('GET', '/v1/docs', {
		headers: { 'if-none-match': String(answer.headers['etag']) },
	});
	t.equal(known.status, 304);
});
