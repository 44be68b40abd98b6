import * as Type from 'typebox';
import type { Webhook } from '../../tasks/webhooks.ts';
import { ProblemError } from '../problems/problem.ts';
import { Time, time } from '../tasks/task-resource.ts';
import { UUID_PATTERN, WEBHOOK_MEMBERS } from './webhook-members.ts';

/** A subscription in responses. */
export const WebhookResource = Type.Object(
	{
		webhook_id: Type.String({ format: 'uuid' }),
		url: Type.String({ format: 'uri' }),
		events: Type.Optional(WEBHOOK_MEMBERS.events),
		types: Type.Optional(WEBHOOK_MEMBERS.types),
		description: Type.Optional(WEBHOOK_MEMBERS.description),
		enabled: Type.Boolean(),
		disabled_at: Type.Optional(Time),
		disabled_reason: Type.Optional(
			Type.Enum(['client', 'gone', 'failing'], {
				description:
					'`client`: disabled by its owner. `gone`: the receiver answered 410. `failing`: no delivery succeeded for 5 days.',
			}),
		),
		failing_since: Type.Optional(
			Type.String({ ...Time, description: 'The first failed attempt since the last success.' }),
		),
		secret_rotated_at: Type.Optional(Time),
		created_at: Time,
		updated_at: Time,
	},
	{ title: 'Webhook', additionalProperties: false },
);

/** A subscription in responses, as its schema types it. */
export type WebhookResource = Type.Static<typeof WebhookResource>;

/** The signing secret of a subscription. */
export const Secret = Type.String({
	pattern: '^whsec_[A-Za-z0-9+/=]+$',
	description: 'Signing secret in the form of Standard Webhooks. It is not shown again.',
	examples: ['whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD'],
});

/** A subscription with its secret, in the response that shows it once. */
export const WebhookWithSecret = Type.Object(
	{ ...WebhookResource.properties, secret: Secret },
	{ title: 'WebhookWithSecret', additionalProperties: false },
);

/** Builds the representation of a subscription. */
export function webhookResource(webhook: Webhook): WebhookResource {
	const { events, types, description, disabled, failingSinceMs, secretRotatedAtMs } = webhook;
	return {
		webhook_id: webhook.webhookId,
		url: webhook.url,
		...(events === undefined ? {} : { events }),
		...(types === undefined ? {} : { types }),
		...(description === undefined ? {} : { description }),
		enabled: disabled === undefined,
		...(disabled === undefined ? {} : { disabled_at: time(disabled.atMs), disabled_reason: disabled.reason }),
		...(failingSinceMs === undefined ? {} : { failing_since: time(failingSinceMs) }),
		...(secretRotatedAtMs === undefined ? {} : { secret_rotated_at: time(secretRotatedAtMs) }),
		created_at: time(webhook.createdAtMs),
		updated_at: time(webhook.updatedAtMs),
	};
}

/** Path parameters of every operation on one subscription. */
export const WebhookParams = Type.Object({
	webhook_id: Type.String({
		pattern: UUID_PATTERN,
		format: 'uuid',
		description: '`webhook_id` of the webhook. Upper case is accepted.',
	}),
});

/** Returns the key of the subscription in the path, for the caller. */
export function webhookKeyOf({ principal, params }: { principal: string; params: { webhook_id: string } }) {
	return { principal, webhookId: params.webhook_id.toLowerCase() };
}

/**
 * Returns the subscription that was found.
 * @throws {@link ProblemError} `not-found`.
 */
export function requireWebhook<Found>(found: Found | undefined): Found {
	if (found === undefined) throw new ProblemError('not-found', 'No webhook has this id.');
	return found;
}
