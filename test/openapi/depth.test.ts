import { readFile } from 'node:fs/promises';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { test } from 'tap';
import {
	type ApiDocument,
	followed,
	type Header,
	type MediaType,
	type Parameter,
	type Response,
} from '../../openapi/api-document.ts';
import { PROBLEMS } from '../../src/http/problems/problem-catalogue.ts';

const document: ApiDocument = JSON.parse(
	await readFile(new URL('../../openapi/openapi.json', import.meta.url), 'utf8'),
);
const operations = Object.entries(document.paths).flatMap(([path, item]) =>
	Object.entries(item).map(([method, operation]) => ({ ...operation, place: `${method} ${path}` })),
);
const ajv = new Ajv2020({ strict: false });
addFormats.default(ajv);
ajv.addSchema({ $id: 'openapi', ...document });

/** The faults of the examples of a body; a body of JSON without one is a fault too. */
function exampleFaults(content: Readonly<Record<string, MediaType>> = {}): string[] {
	return Object.entries(content).flatMap(([mediaType, { schema, example, examples }]) => {
		if (!mediaType.includes('json')) return [];
		const values = [
			...(example === undefined ? [] : [example]),
			...Object.values(examples ?? {}).map(({ value }) => value),
		];
		if (values.length === 0) return [`${mediaType} has no example`];
		const absolute = JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"openapi#/'));
		return values
			.filter((value) => !ajv.validate(absolute, value))
			.map((value) => `${JSON.stringify(value)}: ${ajv.errorsText()}`);
	});
}

test('every body has an example, and every example is true', async (t) => {
	for (const { place, requestBody, responses } of operations) {
		t.strictSame(exampleFaults(requestBody?.content), [], place);
		for (const [status, response] of Object.entries(responses))
			t.strictSame(exampleFaults(followed<Response>(document, response).content), [], `${place} ${status}`);
	}
});

test('every header and parameter is described', async (t) => {
	for (const { place, parameters = [], responses } of operations) {
		for (const each of parameters) {
			const { name, description } = followed<Parameter>(document, each);
			t.ok(description, `${place} ${name}`);
		}
		for (const response of Object.values(responses))
			for (const [name, header] of Object.entries(followed<Response>(document, response).headers ?? {}))
				t.ok(followed<Header>(document, header).description, `${place} ${name}`);
	}
});

test('every operation says by which scope it is entered, or that it is open to all', async (t) => {
	const scopes = Object.fromEntries(operations.map(({ operationId, security }) => [operationId, security]));
	t.match(scopes, {
		createTask: [{ jwt: ['tasks:write'] }],
		getTask: [{ jwt: ['tasks:read'] }],
		listTypes: [{ jwt: ['tasks:read'] }],
	});
	for (const { operationId, security, responses } of operations) {
		t.match(operationId, /^[a-z]+[A-Z][A-Za-z]+$/, 'a verb and what it is done to');
		t.equal(
			security?.length === 0,
			!('401' in responses),
			`${operationId}: who is asked for a token can be refused`,
		);
	}
	for (const operation of ['getHealth', 'getOpenapi', 'getDocs']) t.strictSame(scopes[operation], []);
});

test('who has a task is told what may be asked of it', async (t) => {
	const created = document.paths['/v1/tasks']?.['post']?.responses['202'];
	t.match(created, {
		links: { getTask: { operationId: 'getTask', parameters: { task_id: '$response.body#/task_id' } } },
	});
});

test('each problem is documented with the status that it has', async (t) => {
	const shown = Object.values(document.components.responses ?? {}).flatMap(({ content = {} }) =>
		Object.entries(content['application/problem+json']?.examples ?? {}),
	);
	for (const [code, { value }] of shown) {
		const { status } = Object(value);
		t.equal(status, Object(PROBLEMS)[code].status, code);
	}
	const undocumented = Object.keys(PROBLEMS).filter((code) => !shown.some(([known]) => known === code));
	t.strictSame(undocumented, ['method-not-allowed'], 'no operation answers that of itself');
});
