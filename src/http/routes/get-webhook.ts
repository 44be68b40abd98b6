import type { WebhookManager } from '../../tasks/manage-webhooks.ts';
import { problemResponses } from '../problems/problem.ts';
import type { App } from '../typed-app.ts';
import {
	requireWebhook,
	WebhookParams,
	WebhookResource,
	webhookKeyOf,
	webhookResource,
} from '../webhooks/webhook-resource.ts';

/** Dependencies of the route. */
export interface GetWebhookRoute {
	readonly webhooks: Pick<WebhookManager, 'find'>;
}

/** Registers `GET /v1/webhooks/:webhook_id`. */
export function registerGetWebhook(app: App, { webhooks }: GetWebhookRoute): void {
	app.route({
		method: 'GET',
		url: '/v1/webhooks/:webhook_id',
		config: { access: 'webhooks:write' },
		schema: {
			operationId: 'getWebhook',
			summary: 'Get a webhook',

			tags: ['webhooks'],
			params: WebhookParams,
			response: {
				200: {
					description: 'The webhook.',
					content: { 'application/json': { schema: WebhookResource } },
				},
				...problemResponses('unauthorized', 'forbidden', 'not-found', 'validation'),
			},
		},
		async handler(request) {
			return webhookResource(requireWebhook(await webhooks.find(webhookKeyOf(request))));
		},
	});
}
