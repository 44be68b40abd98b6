import * as Type from 'typebox';
import type { WebhookManager } from '../../tasks/manage-webhooks.ts';
import { MAX_WEBHOOKS } from '../../tasks/webhooks.ts';
import { ProblemError, problemResponses } from '../problems/problem.ts';
import type { App } from '../typed-app.ts';
import { type FindUrlFault, requireAllowedUrl, WEBHOOK_MEMBERS } from '../webhooks/webhook-members.ts';
import { WebhookWithSecret, webhookResource } from '../webhooks/webhook-resource.ts';

/** Dependencies of the route. */
export interface CreateWebhookRoute {
	readonly webhooks: Pick<WebhookManager, 'create'>;
	readonly findUrlFault: FindUrlFault;
}

/** Registers `POST /v1/webhooks`. */
export function registerCreateWebhook(app: App, { webhooks, findUrlFault }: CreateWebhookRoute): void {
	app.route({
		method: 'POST',
		url: '/v1/webhooks',
		config: { access: 'webhooks:write' },
		schema: {
			operationId: 'createWebhook',
			summary: 'Create a webhook',
			description: `Subscribes a receiver to the events of the caller’s tasks. It receives the events of every task that is created after this response, which takes 2 seconds. Tasks that exist already are not affected. A principal has at most ${MAX_WEBHOOKS} webhooks.`,
			tags: ['webhooks'],
			body: Type.Object(
				{
					url: WEBHOOK_MEMBERS.url,
					events: Type.Optional(WEBHOOK_MEMBERS.events),
					types: Type.Optional(WEBHOOK_MEMBERS.types),
					description: Type.Optional(WEBHOOK_MEMBERS.description),
				},
				{ title: 'NewWebhook', additionalProperties: false },
			),
			response: {
				201: {
					description: 'The webhook, with its signing secret.',
					content: { 'application/json': { schema: WebhookWithSecret } },
				},
				...problemResponses(
					'malformed-json',
					'unauthorized',
					'forbidden',
					'conflict',
					'payload-too-large',
					'unsupported-media-type',
					'validation',
				),
			},
		},
		async handler({ principal, body }, reply) {
			await requireAllowedUrl(findUrlFault, body.url);
			const outcome = await webhooks.create(principal, body);
			if (outcome.kind === 'limitReached')
				throw new ProblemError(
					'conflict',
					`A principal has at most ${MAX_WEBHOOKS} webhooks. Delete one first.`,
				);
			const { webhook, secret } = outcome;
			return reply.code(201).send({ ...webhookResource(webhook), secret });
		},
	});
}
