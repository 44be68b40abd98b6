import * as Type from 'typebox';
import type { AcceptanceLimit } from '../../tasks/acceptance-limit.ts';
import type { WebhookManager } from '../../tasks/manage-webhooks.ts';
import { ProblemError, problemResponses } from '../problems/problem.ts';
import { RATE_LIMIT_HEADERS, requireAllowance } from '../requests/rate-limit.ts';
import type { App } from '../typed-app.ts';
import { DeliveryResource, deliveryResource } from '../webhooks/delivery-resource.ts';
import { UUID_PATTERN } from '../webhooks/webhook-members.ts';
import { WebhookParams, webhookKeyOf } from '../webhooks/webhook-resource.ts';

/** Dependencies of the route. */
export interface ReplayDeliveryRoute {
	readonly webhooks: Pick<WebhookManager, 'replay'>;
	/** A replay counts like a new task. */
	readonly acceptanceLimit: AcceptanceLimit | undefined;
	readonly now: () => number;
}

/** Registers `POST /v1/webhooks/:webhook_id/deliveries/:delivery_id/replay`. */
export function registerReplayDelivery(
	app: App,
	{ webhooks, acceptanceLimit, now }: ReplayDeliveryRoute,
): void {
	app.route({
		method: 'POST',
		url: '/v1/webhooks/:webhook_id/deliveries/:delivery_id/replay',
		config: { access: 'webhooks:write', optionalBody: true },
		schema: {
			operationId: 'replayDelivery',
			summary: 'Replay a delivery',
			description:
				'Sends a delivery again that is `delivered` or `dead`, with the same `webhook-id` and body. Possible for 7 days.',
			tags: ['webhooks'],
			params: Type.Object({
				...WebhookParams.properties,
				delivery_id: Type.String({
					pattern: UUID_PATTERN,
					format: 'uuid',
					description: '`delivery_id` of the delivery.',
				}),
			}),
			response: {
				202: {
					description: 'The delivery, pending again.',
					headers: RATE_LIMIT_HEADERS,
					content: { 'application/json': { schema: DeliveryResource } },
				},
				...problemResponses(
					'unauthorized',
					'forbidden',
					'not-found',
					'conflict',
					'validation',
					'rate-limited',
				),
			},
		},
		async handler(request, reply) {
			await requireAllowance(acceptanceLimit, { principal: request.principal, nowMs: now(), reply });
			const outcome = await webhooks.replay({
				...webhookKeyOf(request),
				deliveryId: request.params.delivery_id.toLowerCase(),
			});
			switch (outcome.kind) {
				case 'replayed':
					return reply.code(202).send(deliveryResource(outcome.delivery));
				case 'notFound':
					throw new ProblemError('not-found', 'No delivery of the webhook has this id.');
				case 'pending':
					throw new ProblemError('conflict', 'The delivery is still pending.');
			}
		},
	});
}
