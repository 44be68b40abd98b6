import type { DeliveryStore } from '../../tasks/deliveries.ts';
import type { WebhookManager } from '../../tasks/manage-webhooks.ts';
import type { Cursors } from '../lists/cursors.ts';
import { parseIntegers } from '../lists/paging.ts';
import { problemResponses } from '../problems/problem.ts';
import type { App } from '../typed-app.ts';
import { DeliveryList, DeliveryListQuery, readDeliveryPage } from '../webhooks/delivery-resource.ts';
import { requireWebhook, WebhookParams, webhookKeyOf } from '../webhooks/webhook-resource.ts';

/** Dependencies of the route. */
export interface ListWebhookDeliveriesRoute {
	readonly deliveries: Pick<DeliveryStore, 'listOfWebhook'>;
	readonly webhooks: Pick<WebhookManager, 'find'>;
	readonly cursors: Cursors;
}

/** Registers `GET /v1/webhooks/:webhook_id/deliveries`. */
export function registerListWebhookDeliveries(app: App, route: ListWebhookDeliveriesRoute): void {
	const { deliveries, webhooks, cursors } = route;
	app.route({
		method: 'GET',
		url: '/v1/webhooks/:webhook_id/deliveries',
		config: { access: 'webhooks:write' },
		schema: {
			operationId: 'listWebhookDeliveries',
			summary: 'List the deliveries of a webhook',
			description:
				'Those of the latest task first. A delivery is listed for 7 days, also after its webhook is deleted.',
			tags: ['webhooks'],
			params: WebhookParams,
			querystring: DeliveryListQuery,
			response: {
				200: {
					description: 'The deliveries.',
					content: { 'application/json': { schema: DeliveryList } },
				},
				...problemResponses('unauthorized', 'forbidden', 'not-found', 'validation'),
			},
		},
		preValidation: parseIntegers('limit'),
		async handler(request) {
			const key = webhookKeyOf(request);
			const scope = ['deliveries', key.principal, key.webhookId];
			const page = await readDeliveryPage(request.query, { cursors, scope }, (query) =>
				deliveries.listOfWebhook(key, query),
			);
			// Deliveries outlive their webhook, so only a webhook without any has to exist.
			if (page.deliveries.length === 0) requireWebhook(await webhooks.find(key));
			return page;
		},
	});
}
