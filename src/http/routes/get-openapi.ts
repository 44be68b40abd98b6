import * as Type from 'typebox';
import {
	createDocument,
	DOCUMENT_HEADERS,
	NOT_MODIFIED,
	type ReadDocument,
	sendDocument,
} from '../documents/document.ts';
import { problemResponses } from '../problems/problem.ts';
import type { App } from '../typed-app.ts';

/** Serves the document that `npm run openapi` made: nothing is generated in a Lambda. */
export function registerGetOpenapi(
	app: App,
	{ readDocument }: { readonly readDocument: ReadDocument },
): void {
	const document = createDocument(() => readDocument('openapi.json'));
	app.route({
		method: 'GET',
		url: '/v1/openapi.json',
		config: { access: 'public' },
		schema: {
			operationId: 'getOpenapi',
			summary: 'This document',
			tags: ['service'],
			security: [],
			response: {
				200: {
					description: 'OpenAPI 3.1.',
					headers: DOCUMENT_HEADERS,
					content: { 'application/json': { schema: Type.Object({}, { additionalProperties: true }) } },
				},
				...NOT_MODIFIED,
				...problemResponses(),
			},
		},
		async handler(request, reply) {
			const built = await document();
			const { basePath } = request;
			const served =
				basePath === '' ? built : await createDocument(async () => withServer(built.text, basePath))();
			return sendDocument(request, reply, served, {
				mediaType: 'application/json',
				cacheControl: 'public, max-age=300',
			});
		},
	});
}

/** Behind an API mapping, the paths of the document are relative to its base path. */
function withServer(text: string, url: string): string {
	return JSON.stringify({ ...Object(JSON.parse(text)), servers: [{ url }] });
}
