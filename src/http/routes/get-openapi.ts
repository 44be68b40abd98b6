import { Type } from 'typebox';
import { problemResponses } from '../problem-responses.ts';
import type { App } from '../typed-app.ts';

/** Serves the document that `npm run openapi` made: nothing is generated in a Lambda. */
export function registerGetOpenapi(app: App, { openapi }: { readonly openapi: () => Promise<object> }): void {
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
					content: { 'application/json': { schema: Type.Object({}, { additionalProperties: true }) } },
				},
				...problemResponses(),
			},
		},
		handler: async (_request, reply) =>
			reply
				.type('application/json')
				.serializer(JSON.stringify)
				.send(await openapi()),
	});
}
