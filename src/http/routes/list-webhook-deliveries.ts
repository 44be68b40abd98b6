import type { DeliveryStore } from '../../tasks/deliveries.ts';
import type { Cursors } from '../lists/cursors.ts';
import { parseIntegers } from '../lists/paging.ts';
import { problemResponses } from '../problems/problem.ts';
import type { App } from '../typed-app.ts';
import {
	DeliveryList,
	DeliveryListQuery,
	DeliveryPosition,
	deliveryResource,
} from '../webhooks/delivery-resource.ts';
import { WebhookParams, webhookKeyOf } from '../webhooks/webhook-resource.ts';

/** Dependencies of the route. */
export interface ListWebhookDeliveriesRoute {
	readonly deliveries: Pick<DeliveryStore, 'listOfWebhook'>;
	readonly cursors: Cursors;
}

/** Registers `GET /v1/webhooks/:webhook_id/deliveries`. */
export function registerListWebhookDeliveries(app: App, route: ListWebhookDeliveriesRoute): void {
	const { deliveries, cursors } = route;
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
				...problemResponses('unauthorized', 'forbidden', 'validation'),
			},
		},
		preValidation: parseIntegers('limit'),
		async handler(request) {
			const { limit = 20, cursor } = request.query;
			const key = webhookKeyOf(request);
			const scope = ['deliveries', key.principal, key.webhookId];
			const page = await deliveries.listOfWebhook(key, {
				limit,
				...(cursor === undefined ? {} : { after: await cursors.open(cursor, scope, DeliveryPosition) }),
			});
			return {
				deliveries: page.deliveries.map(deliveryResource),
				...(page.next === undefined ? {} : { next_cursor: await cursors.seal(page.next, scope) }),
			};
		},
	});
}
