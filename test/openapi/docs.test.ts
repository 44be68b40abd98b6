import { readFile } from 'node:fs/promises';
import { test } from 'tap';
import type { ApiDocument } from '../../openapi/api-document.ts';
import { html } from '../../openapi/docs/html.ts';
import { inline, markdown } from '../../openapi/docs/markdown.ts';
import { docsPage } from '../../openapi/docs/page.ts';

const read = (name: string) => readFile(new URL(`../../openapi/${name}`, import.meta.url), 'utf8');
const document: ApiDocument = JSON.parse(await read('openapi.json'));
const page = await read('docs.html');

test('the committed page is what the document says', async (t) => {
	t.equal(page, await docsPage(document), 'run `npm run openapi`');
});

test('every operation and schema can be linked to, and every link leads somewhere', async (t) => {
	const ids = [...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
	t.equal(new Set(ids).size, ids.length, 'no id twice');
	const operations = Object.values(document.paths).flatMap((item) => Object.values(item));
	for (const { operationId } of operations) t.ok(ids.includes(operationId), operationId);
	for (const name of Object.keys(document.components.schemas)) t.ok(ids.includes(`schema-${name}`), name);
	const [markup] = page.split('<script>', 1);
	for (const [, target = ''] of String(markup).matchAll(/href="#([^"]+)"/g))
		t.ok(ids.includes(target), target);
});

test('the page asks for nothing from anywhere', async (t) => {
	t.notMatch(page, /<(?:link|script|img|iframe)[^>]+(?:src|href)="(?!data:)/);
	t.notMatch(page, /@import|url\(/);
});

test('what a description says cannot become markup', async (t) => {
	t.equal(
		html`<p>${'<script>&"'}${['a', html`<b>${1}</b>`]}</p>`.markup,
		'<p>&lt;script&gt;&amp;&quot;a<b>1</b></p>',
	);
	t.equal(html`${inline('a `<b>` c')}`.markup, 'a <code>&lt;b&gt;</code> c');
	t.equal(
		html`${markdown('## One\n\ntwo\nlines\n\n| a | b |\n|---|---|\n| `1` | 2 |')}`.markup.replaceAll(
			'\n',
			'',
		),
		'<h2>One</h2><p>two lines</p><div class="wide"><table><thead><tr><th scope="col">a</th><th scope="col">b</th></tr></thead>' +
			'<tbody><tr><td><code>1</code></td><td>2</td></tr></tbody></table></div>',
	);
});
