import { readFile } from 'node:fs/promises';
import type { ApiDocument } from '../api-document.ts';
import { type Html, html, verbatim } from './html.ts';
import { inline, markdown } from './markdown.ts';
import { operationHtml, type PlacedOperation } from './operation.ts';
import { schemaHtml } from './schema.ts';

/** The page of the API's documentation: one file that asks for nothing more, so that it works with no internet. */
export async function docsPage(document: ApiDocument): Promise<string> {
	const css = await readFile(new URL('page.css', import.meta.url), 'utf8');
	const script = await readFile(new URL('page.js', import.meta.url), 'utf8');
	const { title, version, description } = document.info;
	const groups = document.tags.map((tag) => ({ ...tag, operations: operationsOf(document, tag.name) }));
	const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} ${version}</title>
<link rel="icon" href="data:,">
<style>${verbatim(css)}</style>
</head>
<body>
<a class="skip" href="#operations">Skip to the operations</a>
<header>
<h1>${title} <small>${version}</small></h1>
<a href="/v1/openapi.json">openapi.json</a>
</header>
<nav aria-label="Operations">
<label hidden>Find an operation <input type="search" autocomplete="off"></label>
<p role="status"></p>
${groups.map(({ name, operations }) => html`<h2>${name}</h2><ul>${operations.map(entryHtml)}</ul>`)}
<h2>schemas</h2>
<ul>${Object.keys(document.components.schemas).map((name) => html`<li><a href="#schema-${name}">${name}</a></li>\n`)}</ul>
</nav>
<main id="operations">
${markdown(description)}
${groups.map(
	({ name, description: about, operations }) => html`
<section><h2>${name}</h2><p>${inline(about)}</p>${operations.map((placed) => operationHtml(document, placed))}</section>`,
)}
<section><h2>schemas</h2>${Object.entries(document.components.schemas).map(
		([name, schema]) => html`
<article id="schema-${name}"><h3><a href="#schema-${name}">${name}</a></h3>${markdown(schema.description)}${schemaHtml(schema)}</article>`,
	)}</section>
</main>
<script>${verbatim(script)}</script>
</body>
</html>
`;
	return page.markup;
}

function operationsOf({ paths }: ApiDocument, tag: string): PlacedOperation[] {
	return Object.entries(paths).flatMap(([path, item]) =>
		Object.entries(item)
			.filter(([, operation]) => operation.tags?.includes(tag))
			.map(([method, operation]) => ({ method, path, operation })),
	);
}

function entryHtml({ method, path, operation: { operationId, summary } }: PlacedOperation): Html {
	return html`<li><a href="#${operationId}">${summary ?? operationId}<span><b class="${method}">${method.toUpperCase()}</b> ${path}</span></a></li>\n`;
}
