import { readFile } from 'node:fs/promises';
import swagger, { type FastifyDynamicSwaggerOptions } from '@fastify/swagger';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import fastify from 'fastify';
import { INERT_API } from '../src/deploy/compiled-validators/inert-api.ts';
import {
	registerApi,
	registerCallbacks,
	registerDocs,
	registerSchedules,
	registerWebhooks,
} from '../src/http/app.ts';
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
import { withTaskEvent, withWebhooks } from './webhooks.ts';

const DESCRIPTION = `Runs tasks asynchronously. Create a task, receive its id immediately, and poll it until it has finished.

## Quick start

1. List the task types and their input with \`GET /v1/types\`.
2. Create a task with \`POST /v1/tasks\` and a body such as \`{"type": "greeting", "data": {"name": "Ada"}}\`. The response is
   202 with the task's \`task_id\`; its \`Location\` header is the URL of the task. Send an \`Idempotency-Key\` header to make
   retries safe.
3. Poll \`GET /v1/tasks/{task_id}\`. \`Retry-After\` gives the number of seconds until the next poll and is absent once the
   task has finished. \`status\` is then \`SUCCEEDED\`, \`FAILED\`, \`TIMED_OUT\` or \`ABORTED\`.
4. Read \`result\` of a task that succeeded, or \`error\` of any other.

If the stage requires authentication, send \`Authorization: Bearer TOKEN\` with every request. \`GET /v1/health\`,
\`GET /v1/openapi.json\` and \`GET /v1/docs\` are public.

## Webhooks

Instead of polling, register a receiver with \`POST /v1/webhooks\`, or name one in \`webhook\` of a new task. It receives a
signed request for each event: \`task.succeeded\`, \`task.failed\`, \`task.timed_out\`, \`task.aborted\`, and \`task.waiting\`
when the task waits for a callback. Requests follow [Standard Webhooks](https://www.standardwebhooks.com), whose libraries
verify them. They can arrive twice and in any order; \`data.revision\` grows with every change of a task.

## Limits

| subject | limit |
|---|---|
| request body | 5 MiB, before and after decompression |
| nesting of a body | 20 levels |
| values per body | 20,000 |
| members per object or array | 1,000 |
| string | 256 KiB |
| tasks per batch | 100 |
| webhooks per principal | 20 |
| schedules per principal | 100 |

Request bodies are JSON in UTF-8 and can be compressed with \`gzip\` or \`deflate\`. Unknown members are rejected. Responses of
1 KiB or more are compressed with \`br\` or \`gzip\` if \`Accept-Encoding\` permits it.

## Response headers

| header | meaning |
|---|---|
| \`cache-control\` | \`no-store\`, except for documents |
| \`vary\` | request headers that the response depends on |
| \`access-control-allow-origin\` | origins that may read the response: all, or those configured for the stage; never with credentials |
| \`access-control-expose-headers\` | response headers that a browser page may read |
| \`strict-transport-security\` | the host is reachable over TLS only |
| \`x-content-type-options\`, \`referrer-policy\`, \`cross-origin-resource-policy\`, \`content-security-policy\` | browsers must not guess the content type, send a referrer, or embed the response |

## Task errors

A task that did not succeed has an \`error\`. Its \`code\` is one that the task type declares, or one of these:

| code | status | meaning |
|---|---|---|
| \`StepFailed\` | \`FAILED\` | A step failed with an error that the type does not declare. The logs of the service contain it. |
| \`ResultInvalid\` | \`FAILED\` | All states succeeded, but the result does not match the \`result_schema\` of the type. The message names the member. The task can be rerun, not redriven. |
| \`StartFailed\` | \`FAILED\` | The task could not be started. |
| \`ExecutionLost\` | \`FAILED\` | The execution no longer exists. |
| \`Cancelled\` | \`ABORTED\` | A client cancelled the task. |
| \`ABORTED\` | \`ABORTED\` | An operator stopped the task. |
| \`States.*\`, \`Lambda.*\` | any | Codes of AWS, such as \`States.Timeout\`. |

## Gateway errors

Amazon API Gateway rejects some requests before they reach the service. AWS fixes the bodies of these responses: they are
\`application/json\`, not problems. Clients must handle both formats.

| status | body | cause |
|---|---|---|
| 401 | \`{"message": "Unauthorized"}\` | The bearer token is missing, invalid or expired. |
| 403 | \`{"message": "Forbidden"}\` | The token does not have the scope of the operation. |
| 413 | \`{"message": "Request Entity Too Large"}\` | The body exceeds 10 MB, the limit of the gateway, or with headers and encoding 6 MiB, the limit of a Lambda event. |
| 429 | \`{"message": "Too Many Requests"}\` | The request rate exceeds the throttling limit of the stage. Retry with exponential backoff. |
| 431 | \`{"message": "Request Header Fields Too Large"}\` | The request line and headers exceed 10,240 bytes. |

## Problems

Errors are RFC 9457 problems with the media type \`application/problem+json\`. A client whose \`Accept\` header names
\`application/json\` but not \`application/problem+json\` receives FastAPI's format instead: \`{"detail": ...}\`.

| type | status | meaning |
|---|---|---|
${Object.entries(PROBLEMS)
	.map(([code, { status, title }]) => `| \`/problems/${code}\` | ${status} | ${title}. |`)
	.join('\n')}
`;

/** Permission that each scope grants to a client. */
const SCOPE_MEANINGS = {
	'tasks:read': 'read tasks and their types',
	'tasks:write': 'create, cancel, redrive and rerun tasks',
	'webhooks:write': 'manage webhooks and their deliveries',
	'schedules:write': 'manage schedules',
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
		servers: [{ url: '/', description: 'The host of this document.' }],
		tags: [
			{ name: 'tasks', description: 'Create, poll and control tasks.' },
			{ name: 'callbacks', description: 'Answer the callbacks that tasks wait for.' },
			{ name: 'webhooks', description: 'Receive the events of tasks.' },
			{ name: 'schedules', description: 'Create tasks at regular times.' },
			{ name: 'types', description: 'Task types with their input, result and state machine.' },
			{ name: 'service', description: 'Health and documentation of the service.' },
		],
		components: {
			securitySchemes: {
				callbackToken: {
					type: 'http',
					scheme: 'bearer',
					description: 'Callback token, created with `POST /v1/callback-tokens`.',
				},
				jwt: {
					type: 'http',
					scheme: 'bearer',
					bearerFormat: 'JWT',
					description: `JWT of the stage’s OIDC issuer. Its \`sub\` claim owns the tasks. Scopes: ${Object.entries(
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

/** Generates the text of the committed OpenAPI document from the routes of the app. */
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
	registerWebhooks(app, INERT_API);
	registerSchedules(app, INERT_API);
	registerDocs(app, INERT_API);
	await app.ready();
	const generated: { readonly [member: string]: unknown } = JSON.parse(
		JSON.stringify(app.swagger({ yaml: false })),
	);
	const document: ApiDocument = JSON.parse(
		JSON.stringify(nameComponents(withTaskEvent(typeTasks(generated, WORKFLOWS)))),
	);
	return `${JSON.stringify(withWebhooks(withLinks(withHeaders(withExamples(withProblems(document))))), null, '\t')}\n`;
}
