import * as Type from 'typebox';
import { problemResponses } from '../problems/problem.ts';
import type { App } from '../typed-app.ts';

/** Registers `GET /v1/health`. */
export function registerGetHealth(app: App, { version }: { readonly version: string }): void {
	app.route({
		method: 'GET',
		url: '/v1/health',
		config: { access: 'public' },
		schema: {
			operationId: 'getHealth',
			summary: 'Check the health of the service',
			tags: ['service'],
			security: [],
			response: {
				200: {
					description: 'The service is healthy.',
					content: {
						'application/json': {
							schema: Type.Object(
								{ status: Type.Literal('ok'), version: Type.String() },
								{ additionalProperties: false },
							),
						},
					},
				},
				...problemResponses(),
			},
		},
		handler: async () => ({ status: 'ok' as const, version }),
	});
}
