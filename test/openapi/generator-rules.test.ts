import { readFile } from 'node:fs/promises';
import { test } from 'tap';
import {
	type ApiDocument,
	type Response,
	resolveReference,
	type Schema,
} from '../../openapi/api-document.ts';

const document: ApiDocument = JSON.parse(
	await readFile(new URL('../../openapi/openapi.json', import.meta.url), 'utf8'),
);

/** Every object of the document, with a JSON pointer to it. */
function* objectsOf(
	value: unknown,
	pointer = '#',
): Generator<readonly [string, Readonly<Record<string, unknown>>]> {
	if (typeof value !== 'object' || value === null) return;
	// Examples are data, not schemas.
	if (/\/(?:example|examples|default|const|enum|mapping)$/.test(pointer)) return;
	if (!Array.isArray(value)) yield [pointer, { ...value }];
	for (const [name, member] of Object.entries(value))
		yield* objectsOf(member, `${pointer}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`);
}

const objects = [...objectsOf({ paths: document.paths, components: document.components })];
const refsOf = (schemas: unknown): string[] =>
	Array.isArray(schemas) ? schemas.map((schema) => String(Object(schema).$ref)) : [];

test('every target of a discriminator is an alternative of its union', async (t) => {
	const discriminated = objects.filter(([, { discriminator }]) => discriminator !== undefined);
	t.ok(discriminated.length >= 3, 'new tasks, tasks of a batch, tasks');
	for (const [pointer, { discriminator, oneOf }] of discriminated) {
		const { propertyName, mapping = {} } = Object(discriminator);
		t.strictSame(new Set(Object.values(mapping)), new Set(refsOf(oneOf)), pointer);
		for (const [value, target] of Object.entries<string>(mapping)) {
			const alternative = resolveReference<Schema>(document, { $ref: target });
			const property = Object(alternative.properties)[propertyName];
			t.ok(property?.const === value || property?.enum?.includes(value), `${target} has ${value}`);
			t.ok(alternative.required?.includes(propertyName), `${target} requires ${propertyName}`);
		}
	}
});

test('every enumeration has a type, and none is of booleans', async (t) => {
	for (const [pointer, schema] of objects) {
		if (!Array.isArray(schema['enum']) && schema['const'] === undefined) continue;
		if (pointer.endsWith('/properties')) continue;
		t.type(schema['type'], 'string', pointer);
		t.not(schema['type'], 'boolean', pointer);
	}
});

test('every body is a named component', async (t) => {
	for (const [path, item] of Object.entries(document.paths)) {
		for (const [method, { requestBody, responses }] of Object.entries(item)) {
			const contents = [
				['request', requestBody?.content ?? {}] as const,
				...Object.entries(responses).map(
					([status, response]) =>
						[status, resolveReference<Response>(document, response).content ?? {}] as const,
				),
			];
			for (const [place, content] of contents)
				for (const [mediaType, { schema }] of Object.entries(content))
					t.match(schema.$ref, /^#\/components\/schemas\//, `${method} ${path} ${place} ${mediaType}`);
		}
	}
});

test('every union is a component of its own, and its alternatives are components or scalars', async (t) => {
	for (const [pointer, schema] of objects) {
		for (const keyword of ['oneOf', 'anyOf']) {
			const alternatives: unknown = schema[keyword];
			if (!Array.isArray(alternatives)) continue;
			t.match(pointer, /^#\/components\/schemas\/[^/]+$/, `${pointer} ${keyword}`);
			for (const alternative of alternatives) {
				const { $ref, type } = Object(alternative);
				t.ok(
					$ref !== undefined || ['string', 'integer'].includes(type),
					`${pointer} ${JSON.stringify(alternative)}`,
				);
			}
		}
	}
});

test('every object with members is a component, so that each generated type has a name', async (t) => {
	for (const [pointer, { type, properties, ...rest }] of objects) {
		if (type !== 'object' || properties === undefined || 'x-inline' in rest) continue;
		t.match(pointer, /^#\/components\/(?:schemas\/[^/]+|parameters\/.*)$/, pointer);
	}
});

test('no component has the name of another in different case', async (t) => {
	const names = Object.keys(document.components.schemas).map((name) => name.toLowerCase());
	t.strictSame(new Set(names).size, names.length);
	for (const name of Object.keys(document.components.schemas)) t.match(name, /^[A-Z][A-Za-z0-9]*$/);
});
