import type { AcceptanceLimit } from '../../tasks/acceptance-limit.ts';
import type { WebhookManager } from '../../tasks/manage-webhooks.ts';
import { problemResponses } from '../problems/problem.ts';
import { RATE_LIMIT_HEADERS, requireAllowance } from '../requests/rate-limit.ts';
import type { App } from '../typed-app.ts';
import { DeliveryResource, deliveryResource } from '../webhooks/delivery-resource.ts';
import { requireWebhook, WebhookParams, webhookKeyOf } from '../webhooks/webhook-resource.ts';

/** Dependencies of the route. */
export interface TestWebhookRoute {
	readonly webhooks: Pick<WebhookManager, 'test'>;
	/** A test counts like a new task. */
	readonly acceptanceLimit: AcceptanceLimit | undefined;
	readonly now: () => number;
}

/** Registers `POST /v1/webhooks/:webhook_id/test`. */
export function registerTestWebhook(app: App, { webhooks, acceptanceLimit, now }: TestWebhookRoute): void {
	app.route({
		method: 'POST',
		url: '/v1/webhooks/:webhook_id/test',
		config: { access: 'webhooks:write', optionalBody: true },
		schema: {
			operationId: 'testWebhook',
			summary: 'Send a test to a webhook',
			description:
				'Sends an event of the type `webhook.test`, whose `data` is `{"webhook_id": ...}`. The deliveries of the webhook show the response.',
			tags: ['webhooks'],
			params: WebhookParams,
			response: {
				202: {
					description: 'The delivery of the test.',
					headers: RATE_LIMIT_HEADERS,
					content: { 'application/json': { schema: DeliveryResource } },
				},
				...problemResponses('unauthorized', 'forbidden', 'not-found', 'validation', 'rate-limited'),
			},
		},
		async handler(request, reply) {
			await requireAllowance(acceptanceLimit, { principal: request.principal, nowMs: now(), reply });
			const delivery = requireWebhook(await webhooks.test(webhookKeyOf(request)));
			return reply.code(202).send(deliveryResource(delivery));
		},
	});
}
