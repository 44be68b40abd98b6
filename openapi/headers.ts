import {
	type ApiDocument,
	type Header,
	type Operation,
	type Parameter,
	type Reference,
	type Response,
	withOperations,
	withResponses,
} from './api-document.ts';

const PARAMETERS = {
	IfNoneMatch: {
		name: 'if-none-match',
		in: 'header',
		required: false,
		description: '`ETag` of a previous response. The response is 304 if the resource is unchanged.',
		schema: { type: 'string', examples: ['W/"5b1c"'] },
	},
	ContentEncoding: {
		name: 'content-encoding',
		in: 'header',
		required: false,
		description: 'Compression of the request body. Limits apply to the decompressed body.',
		schema: { type: 'string', enum: ['gzip', 'deflate'] },
	},
} as const satisfies Record<string, Parameter>;

/**
 * Adds the request headers that routes do not declare, and moves response headers to `components/headers`. A header whose
 * definition differs between responses stays inline.
 */
export function withHeaders(document: ApiDocument): ApiDocument {
	const headers: Record<string, Header> = {};
	const changed = withOperations(document, (operation) =>
		withResponses(withParameters(operation), (response) => hoisted(response, headers)),
	);
	const responses = Object.entries(changed.components.responses ?? {}).map(([name, response]) => [
		name,
		hoisted(response, headers),
	]);
	return {
		...changed,
		components: {
			...changed.components,
			headers,
			parameters: PARAMETERS,
			responses: Object.fromEntries(responses),
		},
	};
}

function withParameters(operation: Operation): Operation {
	const own = operation.parameters ?? [];
	const names = [
		...('304' in operation.responses ? (['IfNoneMatch'] as const) : []),
		...(operation.requestBody === undefined ? [] : (['ContentEncoding'] as const)),
	].filter((name) => !own.some((each) => 'name' in each && each.name === PARAMETERS[name].name));
	const parameters = [...own, ...names.map((name) => ({ $ref: `#/components/parameters/${name}` }))];
	return parameters.length === 0 ? operation : { ...operation, parameters };
}

/** Replaces headers by references, and adds a header with a new name to the components. */
function hoisted(response: Response, headers: Record<string, Header>): Response {
	if (response.headers === undefined) return response;
	const references = Object.entries(response.headers).map(([name, header]): [string, Header | Reference] => {
		if ('$ref' in header) return [name, header];
		const known = (headers[name] ??= header);
		const isSame = JSON.stringify(known) === JSON.stringify(header);
		return [name, isSame ? { $ref: `#/components/headers/${name}` } : header];
	});
	return { ...response, headers: Object.fromEntries(references) };
}
