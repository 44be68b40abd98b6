import * as Type from 'typebox';
import type { WebhookManager } from '../../tasks/manage-webhooks.ts';
import { problemResponses } from '../problems/problem.ts';
import type { App } from '../typed-app.ts';
import { type FindUrlFault, requireAllowedUrl, WEBHOOK_MEMBERS } from '../webhooks/webhook-members.ts';
import {
	requireWebhook,
	WebhookParams,
	WebhookResource,
	webhookKeyOf,
	webhookResource,
} from '../webhooks/webhook-resource.ts';

/** Dependencies of the route. */
export interface UpdateWebhookRoute {
	readonly webhooks: Pick<WebhookManager, 'update'>;
	readonly findUrlFault: FindUrlFault;
}

const orNull = <Schema extends Type.TSchema>(schema: Schema) =>
	Type.Optional(Type.Union([schema, Type.Null()]));

/** Registers `PATCH /v1/webhooks/:webhook_id`. */
export function registerUpdateWebhook(app: App, { webhooks, findUrlFault }: UpdateWebhookRoute): void {
	app.route({
		method: 'PATCH',
		url: '/v1/webhooks/:webhook_id',
		config: { access: 'webhooks:write' },
		schema: {
			operationId: 'updateWebhook',
			summary: 'Update a webhook',
			description:
				'Changes the given members; `null` removes one. `url` and `enabled` apply to the next attempt of every delivery, `events` and `types` to every task that is created after this response, which takes 2 seconds. Enabling a webhook also clears `failing_since`.',
			tags: ['webhooks'],
			params: WebhookParams,
			body: Type.Object(
				{
					url: Type.Optional(WEBHOOK_MEMBERS.url),
					events: orNull(WEBHOOK_MEMBERS.events),
					types: orNull(WEBHOOK_MEMBERS.types),
					description: orNull(WEBHOOK_MEMBERS.description),
					enabled: Type.Optional(Type.Boolean()),
				},
				{ title: 'WebhookUpdate', additionalProperties: false },
			),
			response: {
				200: {
					description: 'The webhook.',
					content: { 'application/json': { schema: WebhookResource } },
				},
				...problemResponses(
					'malformed-json',
					'unauthorized',
					'forbidden',
					'not-found',
					'payload-too-large',
					'unsupported-media-type',
					'validation',
				),
			},
		},
		async handler(request) {
			const { body } = request;
			if (body.url !== undefined) await requireAllowedUrl(findUrlFault, body.url);
			return webhookResource(requireWebhook(await webhooks.update(webhookKeyOf(request), body)));
		},
	});
}
