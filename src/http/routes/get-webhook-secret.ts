import * as Type from 'typebox';
import { problemResponses } from '../problems/problem.ts';
import type { App } from '../typed-app.ts';
import { Secret } from '../webhooks/webhook-resource.ts';

/** Dependencies of the route. */
export interface GetWebhookSecretRoute {
	/** Returns the secret that signs deliveries to the own URLs of a principal's tasks. */
	readonly readTaskUrlSecret: (principal: string) => Promise<string>;
}

/** Registers `GET /v1/webhook-secret`. */
export function registerGetWebhookSecret(app: App, { readTaskUrlSecret }: GetWebhookSecretRoute): void {
	app.route({
		method: 'GET',
		url: '/v1/webhook-secret',
		config: { access: 'webhooks:write' },
		schema: {
			operationId: 'getWebhookSecret',
			summary: 'Get the secret for URLs of tasks',
			description:
				'The secret that signs the deliveries to `webhook.url` of `POST /v1/tasks`, for all tasks of the caller. It is the same each time.',
			tags: ['webhooks'],
			response: {
				200: {
					description: 'The signing secret.',
					content: {
						'application/json': {
							schema: Type.Object(
								{
									secret: Type.Unsafe<string>({
										...Secret,
										description: 'Signing secret in the form of Standard Webhooks.',
									}),
								},
								{ additionalProperties: false },
							),
						},
					},
				},
				...problemResponses('unauthorized', 'forbidden'),
			},
		},
		async handler({ principal }) {
			return { secret: await readTaskUrlSecret(principal) };
		},
	});
}
