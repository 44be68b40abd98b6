import {
	type ApiDocument,
	followed,
	type Header,
	type MediaType,
	type Operation,
	type Parameter,
	type Response,
	type Schema,
} from '../api-document.ts';
import { exampleOf } from '../example.ts';
import { type Html, html } from './html.ts';
import { inline, markdown } from './markdown.ts';
import { schemaHtml } from './schema.ts';

/** An operation and where it is. */
export interface PlacedOperation {
	readonly method: string;
	readonly path: string;
	readonly operation: Operation;
}

/** One operation: what it takes, a request to copy, what it answers. */
export function operationHtml(document: ApiDocument, placed: PlacedOperation): Html {
	const { method, path, operation } = placed;
	const { operationId, summary, description, parameters = [], requestBody, responses } = operation;
	const [body] = Object.values(requestBody?.content ?? {});
	return html`
<article id="${operationId}" data-find="${`${operationId} ${method} ${path} ${summary ?? ''}`.toLowerCase()}">
<h3><a href="#${operationId}">${summary ?? operationId}</a></h3>
<p class="call"><b class="${method}">${method.toUpperCase()}</b> <code>${path}</code></p>
${markdown(description)}
<p>${accessOf(document, operation)}</p>
${curlHtml(document, placed, body)}
${parametersHtml(parameters.map((parameter) => followed<Parameter>(document, parameter)))}
${body && html`<h4>Body</h4>${schemaHtml(body.schema)}`}
<h4>Answers</h4>
${Object.entries(responses).map(([status, response]) => answerHtml(document, status, followed<Response>(document, response)))}
</article>`;
}

function accessOf(document: ApiDocument, operation: Operation): Html {
	const scopes = (operation.security ?? document.security ?? []).flatMap((each) =>
		Object.values(each).flat(),
	);
	if (isOpen(document, operation)) return html`Open to all.`;
	return html`Needs a bearer token${scopes.map((scope) => html` with the scope <code>${scope}</code>`)}.`;
}

function isOpen(document: ApiDocument, operation: Operation): boolean {
	return (operation.security ?? document.security ?? []).length === 0;
}

function curlHtml(
	document: ApiDocument,
	{ method, path, operation }: PlacedOperation,
	body?: MediaType,
): Html {
	const parameters = (operation.parameters ?? []).map((each) => followed<Parameter>(document, each));
	const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
		const parameter = parameters.find((each) => each.in === 'path' && each.name === name);
		return String(exampleOf(document, parameter?.schema ?? {}));
	});
	const options = [
		...(method === 'get' ? [] : [`-X ${method.toUpperCase()}`]),
		...(isOpen(document, operation) ? [] : ['-H "authorization: Bearer $TOKEN"']),
		...(body === undefined
			? []
			: ["-H 'content-type: application/json'", `-d ${quoted(JSON.stringify(bodyExample(document, body)))}`]),
	];
	return html`<figure class="code"><figcaption>Request</figcaption><button type="button" hidden>Copy</button>
<pre tabindex="0"><code>curl -s <span class="origin">http://localhost:4000</span>${filled}${options.map((option) => ` \\\n  ${option}`)}</code></pre></figure>`;
}

/** As one word of a POSIX shell. */
function quoted(text: string): string {
	return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

function bodyExample(document: ApiDocument, { schema, example, examples = {} }: MediaType): unknown {
	return example ?? Object.values(examples)[0]?.value ?? exampleOf(document, schema);
}

function parametersHtml(parameters: readonly Parameter[]): Html | undefined {
	if (parameters.length === 0) return undefined;
	const withPlace = parameters.map(
		({ name, in: place, schema, description, required }): [string, Schema, boolean] => [
			name,
			{
				...schema,
				description: `In the ${place === 'path' || place === 'query' ? place : 'headers'}. ${description ?? schema.description ?? ''}`,
			},
			required === true,
		],
	);
	return html`<h4>Parameters</h4>${schemaHtml({
		type: 'object',
		properties: Object.fromEntries(withPlace.map(([name, schema]) => [name, schema])),
		required: withPlace.flatMap(([name, , required]) => (required ? [name] : [])),
	})}`;
}

function answerHtml(
	document: ApiDocument,
	status: string,
	{ description, headers = {}, content = {} }: Response,
): Html {
	const [[mediaType, media] = []] = Object.entries(content);
	const example = media?.example ?? Object.values(media?.examples ?? {})[0]?.value;
	const known = Object.entries(headers).map(
		([name, header]) => [name, followed<Header>(document, header)] as const,
	);
	return html`<details><summary><b>${status}</b> ${inline(description)}</summary>
${media && html`<p><code>${mediaType}</code></p>${schemaHtml(media.schema)}`}
${example !== undefined && typeof example !== 'string' ? html`<pre tabindex="0"><code>${JSON.stringify(example, null, 2)}</code></pre>` : undefined}
${known.length > 0 ? html`<p>Headers</p><dl>${known.map(([name, header]) => html`<dt><code>${name}</code></dt><dd>${inline(header.description)}</dd>`)}</dl>` : undefined}
</details>`;
}
