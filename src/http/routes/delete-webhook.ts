import type { WebhookManager } from '../../tasks/manage-webhooks.ts';
import { problemResponses } from '../problems/problem.ts';
import type { App } from '../typed-app.ts';
import { requireWebhook, WebhookParams, webhookKeyOf } from '../webhooks/webhook-resource.ts';

/** Dependencies of the route. */
export interface DeleteWebhookRoute {
	readonly webhooks: Pick<WebhookManager, 'remove'>;
}

/** Registers `DELETE /v1/webhooks/:webhook_id`. */
export function registerDeleteWebhook(app: App, { webhooks }: DeleteWebhookRoute): void {
	app.route({
		method: 'DELETE',
		url: '/v1/webhooks/:webhook_id',
		config: { access: 'webhooks:write' },
		schema: {
			operationId: 'deleteWebhook',
			summary: 'Delete a webhook',
			description:
				'It receives nothing of tasks that are created after this response, which takes 2 seconds. Its pending deliveries become `dead` at their next attempt.',
			tags: ['webhooks'],
			params: WebhookParams,
			response: {
				204: { description: 'The webhook is deleted.', type: 'null' },
				...problemResponses('unauthorized', 'forbidden', 'not-found', 'validation'),
			},
		},
		async handler(request, reply) {
			if (!(await webhooks.remove(webhookKeyOf(request)))) requireWebhook(undefined);
			return reply.code(204).send(null);
		},
	});
}
