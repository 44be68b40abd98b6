import type { WebhookManager } from '../../tasks/manage-webhooks.ts';
import { problemResponses } from '../problems/problem.ts';
import type { App } from '../typed-app.ts';
import {
	requireWebhook,
	WebhookParams,
	WebhookWithSecret,
	webhookKeyOf,
	webhookResource,
} from '../webhooks/webhook-resource.ts';

/** Dependencies of the route. */
export interface RotateWebhookSecretRoute {
	readonly webhooks: Pick<WebhookManager, 'rotateSecret'>;
}

/** Registers `POST /v1/webhooks/:webhook_id/rotate-secret`. */
export function registerRotateWebhookSecret(app: App, { webhooks }: RotateWebhookSecretRoute): void {
	app.route({
		method: 'POST',
		url: '/v1/webhooks/:webhook_id/rotate-secret',
		config: { access: 'webhooks:write', optionalBody: true },
		schema: {
			operationId: 'rotateWebhookSecret',
			summary: 'Rotate the secret of a webhook',
			description:
				'For 24 hours, each delivery has a signature of the new secret and one of the secret before it.',
			tags: ['webhooks'],
			params: WebhookParams,
			response: {
				200: {
					description: 'The webhook, with its new signing secret.',
					content: { 'application/json': { schema: WebhookWithSecret } },
				},
				...problemResponses('unauthorized', 'forbidden', 'not-found', 'validation'),
			},
		},
		async handler(request) {
			const { webhook, secret } = requireWebhook(await webhooks.rotateSecret(webhookKeyOf(request)));
			return { ...webhookResource(webhook), secret };
		},
	});
}
