import { readFile } from 'node:fs/promises';
import swagger, { type FastifyDynamicSwaggerOptions } from '@fastify/swagger';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import fastify from 'fastify';
import { registerApi } from '../src/http/app.ts';
import { newTaskSchemaTitle } from '../src/http/new-task-schema.ts';
import { PROBLEMS } from '../src/http/problem-catalogue.ts';
import { registerAnswerCallback } from '../src/http/routes/answer-callback.ts';
import type { Log } from '../src/tasks/log.ts';
import { WORKFLOWS } from '../src/workflows/catalog.ts';

const DESCRIPTION = `Accepts tasks, carries them out, and tells what became of them: post a task, get its id at once, poll it.

## Problems

Errors are RFC 9457 problems. A client whose \`Accept\` names \`application/json\` and not \`application/problem+json\` gets
FastAPI's form instead, \`{"detail": ...}\`.

| type | status | meaning |
|---|---|---|
${Object.entries(PROBLEMS)
	.map(([code, { status, title }]) => `| \`/problems/${code}\` | ${status} | ${title}. |`)
	.join('\n')}
`;

const SETTINGS: FastifyDynamicSwaggerOptions = {
	openapi: {
		openapi: '3.1.0',
		info: {
			title: 'task-api',
			version: '',
			description: DESCRIPTION,
			license: { name: 'MIT', identifier: 'MIT' },
		},
		servers: [{ url: '/', description: 'Where this document came from.' }],
		tags: [
			{ name: 'tasks', description: 'Work that is accepted now and done later.' },
			{ name: 'callbacks', description: 'Answers from outside that tasks wait for.' },
			{ name: 'types', description: 'What tasks there are, and what each of them does.' },
			{ name: 'service', description: 'The service itself.' },
		],
		components: {
			securitySchemes: {
				callbackSecret: {
					type: 'http',
					scheme: 'bearer',
					description: 'The secret of those who answer callbacks.',
				},
				jwt: {
					type: 'http',
					scheme: 'bearer',
					bearerFormat: 'JWT',
					description: 'A token of the stage’s issuer.',
				},
			},
		},
		security: [{ jwt: [] }],
	},
};

/** The OpenAPI document of the app's routes, as it is committed. */
export async function openapiText(): Promise<string> {
	const { version }: { version: string } = JSON.parse(
		await readFile(new URL('../package.json', import.meta.url), 'utf8'),
	);
	const app = fastify({
		ajv: { customOptions: { discriminator: true } },
	}).withTypeProvider<TypeBoxTypeProvider>();
	await app.register(swagger, {
		...SETTINGS,
		openapi: { ...SETTINGS.openapi, info: { title: 'task-api', ...SETTINGS.openapi?.info, version } },
	});
	registerApi(app, {
		createTask: neverCalled,
		getTask: neverCalled,
		waitForTask: neverCalled,
		listTasks: neverCalled,
		cancelTask: neverCalled,
		redriveTask: neverCalled,
		readTimeline: neverCalled,
		presign: neverCalled,
		signalOf: () => AbortSignal.abort(),
		cursors: { seal: neverCalled, open: neverCalled },
		readDocument: neverCalled,
		findCaller: () => undefined,
		workflows: WORKFLOWS,
		version,
		now: () => 0,
		log: SILENT,
	});
	registerAnswerCallback(app, {
		answerCallback: neverCalled,
		holdsSecret: neverCalled,
		now: () => 0,
		log: SILENT,
	});
	await app.ready();
	return `${JSON.stringify(withComponents(app.swagger({ yaml: false })), null, '\t')}\n`;
}

const neverCalled = () => Promise.reject(new Error('Only the schemas of this app are read.'));
const SILENT: Log = { info() {}, warn() {}, error() {}, with: () => SILENT };

type JsonObject = { [member: string]: unknown };

/** The document with each schema that has a `title` told once, under `components`, and referred to elsewhere. */
function withComponents(document: object & { paths?: unknown; components?: object }): JsonObject {
	const schemas: Record<string, unknown> = {};
	const hoist = (value: unknown): unknown => {
		if (Array.isArray(value)) return value.map(hoist);
		if (!isObject(value)) return value;
		const hoisted = Object.fromEntries(Object.entries(value).map(([name, member]) => [name, hoist(member)]));
		const { title } = value;
		if (typeof title !== 'string') return withMapping(hoisted);
		schemas[title] = hoisted;
		return { $ref: `#/components/schemas/${title}` };
	};
	const paths = hoist(document.paths);
	return { ...document, paths, components: { ...document.components, schemas } };
}

/** Says which schema a value of the discriminator stands for. */
function withMapping(schema: JsonObject): JsonObject {
	if (!isObject(schema['discriminator'])) return schema;
	const mapping = Object.fromEntries(
		Object.keys(WORKFLOWS).map((type) => [type, `#/components/schemas/${newTaskSchemaTitle(type)}`]),
	);
	return { ...schema, discriminator: { ...schema['discriminator'], mapping } };
}

function isObject(value: unknown): value is JsonObject {
	return typeof value === 'object' && value !== null;
}
