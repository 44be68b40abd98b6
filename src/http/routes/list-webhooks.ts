import * as Type from 'typebox';
import type { WebhookManager } from '../../tasks/manage-webhooks.ts';
import { problemResponses } from '../problems/problem.ts';
import type { App } from '../typed-app.ts';
import { WebhookResource, webhookResource } from '../webhooks/webhook-resource.ts';

/** Dependencies of the route. */
export interface ListWebhooksRoute {
	readonly webhooks: Pick<WebhookManager, 'list'>;
}

/** Registers `GET /v1/webhooks`. */
export function registerListWebhooks(app: App, { webhooks }: ListWebhooksRoute): void {
	app.route({
		method: 'GET',
		url: '/v1/webhooks',
		config: { access: 'webhooks:write' },
		schema: {
			operationId: 'listWebhooks',
			summary: 'List webhooks',
			description: 'All webhooks of the caller, in the order of their creation. Secrets are not shown.',
			tags: ['webhooks'],

			response: {
				200: {
					description: 'The webhooks.',
					content: {
						'application/json': {
							schema: Type.Object({ webhooks: Type.Array(WebhookResource) }, { additionalProperties: false }),
						},
					},
				},
				...problemResponses('unauthorized', 'forbidden'),
			},
		},
		async handler({ principal }) {
			return { webhooks: (await webhooks.list(principal)).map(webhookResource) };
		},
	});
}
