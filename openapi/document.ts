import { readFile } from 'node:fs/promises';
import swagger, { type FastifyDynamicSwaggerOptions } from '@fastify/swagger';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import fastify from 'fastify';
import { INERT_API } from '../src/deploy/compiled-validators/inert-api.ts';
import { registerApi, registerCallbacks, registerDocs } from '../src/http/app.ts';
import type { Scope } from '../src/http/plugins/principal.ts';
import { PROBLEMS } from '../src/http/problems/problem-catalogue.ts';
import { WORKFLOWS } from '../src/workflows/catalog.ts';
import type { ApiDocument } from './api-document.ts';
import { nameComponents } from './components.ts';
import { withExamples } from './examples.ts';
import { withHeaders } from './headers.ts';
import { withLinks } from './links.ts';
import { withProblems } from './problems.ts';
import { typeTasks } from './task-types.ts';

const DESCRIPTION = `Accepts tasks, carries them out, and tells what became of them: post a task, get its id at once, poll it.

## Problems

Errors are RFC 9457 problems. A client whose \`Accept\` names \`application/json\` and not \`application/problem+json\` gets
FastAPI's form instead, \`{"detail": ...}\`.

| type | status | meaning |
|---|---|---|
${Object.entries(PROBLEMS)
	.map(([code, { status, title }]) => `| \`/problems/${code}\` | ${status} | ${title}. |`)
	.join('\n')}

## Bodies

JSON in UTF-8, of 5 MiB at most, also when it is decoded: nested 20 deep, 1,000 members to an object or array, 256 KiB to a
text. An unknown member is a fault. Answers of 1 KiB and more come in \`br\` or \`gzip\`, as \`Accept-Encoding\` says.

## Headers of every answer

| header | says |
|---|---|
| \`cache-control\` | \`no-store\`, but for documents |
| \`vary\` | what the answer depends on besides its address |
| \`access-control-allow-origin\` | whose pages may read it: all, or those that the stage names; never with credentials |
| \`access-control-expose-headers\` | which headers those pages may read |
| \`strict-transport-security\` | that this host is spoken to over TLS only |
| \`x-content-type-options\`, \`referrer-policy\`, \`cross-origin-resource-policy\`, \`content-security-policy\` | that nobody guesses at it, tells where it came from, or draws it into a page |
`;

/** What a token may allow, for who asks for one. */
const SCOPE_MEANINGS = {
	'tasks:read': 'read tasks and their types',
	'tasks:write': 'create tasks and change what becomes of them',
} as const satisfies Record<Scope, string>;

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
				callbackToken: {
					type: 'http',
					scheme: 'bearer',
					description: 'A callback token of a principal, created by `POST /v1/callback-tokens`.',
				},
				jwt: {
					type: 'http',
					scheme: 'bearer',
					bearerFormat: 'JWT',
					description: `A token of the stage’s issuer, whose \`sub\` is the owner of the tasks. Scopes: ${Object.entries(
						SCOPE_MEANINGS,
					)
						.map(([scope, meaning]) => `\`${scope}\` to ${meaning}`)
						.join(', ')}.`,
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
	app.addHook('onRoute', (route) => {
		const { access } = route.config ?? {};
		if (access !== undefined && access in SCOPE_MEANINGS)
			route.schema = { ...route.schema, security: [{ jwt: [access] }] };
	});
	registerApi(app, { ...INERT_API, version });
	registerCallbacks(app, INERT_API);
	registerDocs(app, INERT_API);
	await app.ready();
	const generated: { readonly [member: string]: unknown } = JSON.parse(
		JSON.stringify(app.swagger({ yaml: false })),
	);
	const document: ApiDocument = JSON.parse(JSON.stringify(nameComponents(typeTasks(generated, WORKFLOWS))));
	return `${JSON.stringify(withLinks(withHeaders(withExamples(withProblems(document)))), null, '\t')}\n`;
}
