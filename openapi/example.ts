import { type ApiDocument, resolveReference, type Schema } from './api-document.ts';

const OF_FORMAT: Readonly<Record<string, string>> = {
	uuid: '01932f4e-6f00-7000-8000-000000000001',
	'date-time': '2026-11-20T09:30:00.000Z',
	uri: 'https://example.com/',
	'uri-reference': '/',
};

/**
 * Returns the example of a schema, or else a value that matches it. An object contains its required members and those with
 * examples.
 */
export function exampleOf(document: ApiDocument, reference: Schema): unknown {
	const schema = resolveReference<Schema>(document, reference);
	const [given] = [...(schema.examples ?? []), ...(schema.enum ?? [])];
	if (given !== undefined) return given;
	if (schema.const !== undefined) return schema.const;
	const [choice] = schema.oneOf ?? schema.anyOf ?? [];
	if (choice !== undefined) return exampleOf(document, choice);
	switch (schema.type) {
		case 'object':
			return exampleObject(document, schema);
		case 'array':
			return schema.items === undefined ? [] : [exampleOf(document, schema.items)];
		case 'string':
			return OF_FORMAT[schema.format ?? ''] ?? 'text';
		case 'integer':
		case 'number':
			return schema['minimum'] ?? 0;
		case 'boolean':
			return true;
		case undefined:
		default:
			return {};
	}
}

function exampleObject(document: ApiDocument, { properties = {}, required = [] }: Schema): object {
	return Object.fromEntries(
		Object.entries(properties)
			.filter(([name, { examples }]) => required.includes(name) || examples !== undefined)
			.map(([name, schema]) => [name, exampleOf(document, schema)]),
	);
}
