import { readFile } from 'node:fs/promises';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { test } from 'tap';
import {
	type ApiDocument,
	type Header,
	type MediaType,
	type Parameter,
	type Response,
	resolveReference,
} from '../../openapi/api-document.ts';
import { PROBLEMS } from '../../src/http/problems/problem-catalogue.ts';
import { WORKFLOWS } from '../../src/workflows/catalog.ts';

const document: ApiDocument = JSON.parse(
	await readFile(new URL('../../openapi/openapi.json', import.meta.url), 'utf8'),
);
const operations = Object.entries(document.paths).flatMap(([path, item]) =>
	Object.entries(item).map(([method, operation]) => ({ ...operation, place: `${method} ${path}` })),
);
const ajv = new Ajv2020({ strict: false });
addFormats.default(ajv);
ajv.addSchema({ $id: 'openapi', ...document });

/** Returns invalid examples of a body. A JSON body without an example is an error. */
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

test('every JSON body has an example, and every example matches its schema', async (t) => {
	for (const { place, requestBody, responses } of operations) {
		t.strictSame(exampleFaults(requestBody?.content), [], place);
		for (const [status, response] of Object.entries(responses))
			t.strictSame(
				exampleFaults(resolveReference<Response>(document, response).content),
				[],
				`${place} ${status}`,
			);
	}
});

test('every header and parameter is described', async (t) => {
	for (const { place, parameters = [], responses } of operations) {
		for (const each of parameters) {
			const { name, description } = resolveReference<Parameter>(document, each);
			t.ok(description, `${place} ${name}`);
		}
		for (const response of Object.values(responses))
			for (const [name, header] of Object.entries(
				resolveReference<Response>(document, response).headers ?? {},
			))
				t.ok(resolveReference<Header>(document, header).description, `${place} ${name}`);
	}
});

test('every operation declares its scope or is public', async (t) => {
	const scopes = Object.fromEntries(operations.map(({ operationId, security }) => [operationId, security]));
	t.match(scopes, {
		createTask: [{ jwt: ['tasks:write'] }],
		getTask: [{ jwt: ['tasks:read'] }],
		listTypes: [{ jwt: ['tasks:read'] }],
	});
	for (const { operationId, security, responses } of operations) {
		t.match(operationId, /^[a-z]+[A-Z][A-Za-z]+$/, 'a verb and a noun');
		t.equal(
			security?.length === 0,
			!('401' in responses),
			`${operationId}: documents 401 if it requires a token`,
		);
	}
	for (const operation of ['getHealth', 'getOpenapi', 'getDocs']) t.strictSame(scopes[operation], []);
});

test('a task response links to the operations on the task', async (t) => {
	const created = document.paths['/v1/tasks']?.['post']?.responses['202'];
	t.match(created, {
		links: { getTask: { operationId: 'getTask', parameters: { task_id: '$response.body#/task_id' } } },
	});
});

test('every problem is documented with its status', async (t) => {
	const shown = Object.values(document.components.responses ?? {}).flatMap(({ content = {} }) =>
		Object.entries(content['application/problem+json']?.examples ?? {}),
	);
	for (const [code, { value }] of shown) {
		const { status } = Object(value);
		t.equal(status, Object(PROBLEMS)[code].status, code);
	}
	const undocumented = Object.keys(PROBLEMS).filter((code) => !shown.some(([known]) => known === code));
	t.strictSame(undocumented, ['method-not-allowed'], 'no operation responds with this problem');
});

test('a new task has an example of every type', async (t) => {
	const { examples = {} } =
		document.paths['/v1/tasks']?.['post']?.requestBody?.content['application/json'] ?? {};
	const types = Object.values(examples).map(({ value }) => String(Object(value).type));
	t.strictSame(types.toSorted(), Object.keys(WORKFLOWS).toSorted());
});

test('the introduction documents the errors of the gateway', async (t) => {
	const { description = '' } = document.info;
	for (const [status, message] of Object.entries({
		401: 'Unauthorized',
		403: 'Forbidden',
		413: 'Request Entity Too Large',
		429: 'Too Many Requests',
		431: 'Request Header Fields Too Large',
	}))
		t.ok(description.includes(`| ${status} | \`${JSON.stringify({ message }).replace(':', ': ')}\``), status);
});
