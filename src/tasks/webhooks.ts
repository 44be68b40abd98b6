import * as Type from 'typebox';
import { ServiceUnavailableError } from './service-unavailable.ts';

/** The events of a task that a webhook can receive. */
export const TASK_EVENTS = [
	'task.succeeded',
	'task.failed',
	'task.timed_out',
	'task.aborted',
	'task.waiting',
] as const;

/** An event of a task. */
export type TaskEvent = (typeof TASK_EVENTS)[number];

/** The event of `POST /v1/webhooks/{webhook_id}/test`. */
export const TEST_EVENT = 'webhook.test';

/** A webhook that receives the events of one task, as the row of the task contains it. */
export const TaskWebhook = Type.Object({
	/** The id of the subscription; for a task's own URL, the id of the task. */
	webhookId: Type.String(),
	/** The task's own URL. Absent: the URL of the subscription at the time of a delivery. */
	url: Type.Optional(Type.String()),
	/** Absent: all events. */
	events: Type.Optional(Type.Array(Type.Enum([...TASK_EVENTS]))),
});

/** See the schema of the same name. */
export type TaskWebhook = Type.Static<typeof TaskWebhook>;

/** Why a subscription receives nothing. */
export const DISABLED_REASONS = [
	/** Its owner disabled it. */
	'client',
	/** The receiver answered 410. */
	'gone',
	/** Every delivery failed for {@link MAX_FAILING_MS}. */
	'failing',
] as const;

/** A subscription of a principal. */
export const Webhook = Type.Object({
	webhookId: Type.String(),
	url: Type.String(),
	events: Type.Optional(Type.Array(Type.Enum([...TASK_EVENTS]))),
	/** Task types. Absent: all. */
	types: Type.Optional(Type.Array(Type.String())),
	description: Type.Optional(Type.String()),
	createdAtMs: Type.Integer(),
	updatedAtMs: Type.Integer(),
	/** Part of the derivation of the secret, see `webhook-secret.ts`. */
	secretVersion: Type.Integer({ minimum: 1 }),
	secretRotatedAtMs: Type.Optional(Type.Integer()),
	/** The first failure since the last success. */
	failingSinceMs: Type.Optional(Type.Integer()),
	disabled: Type.Optional(Type.Object({ atMs: Type.Integer(), reason: Type.Enum([...DISABLED_REASONS]) })),
});

/** See the schema of the same name. */
export type Webhook = Type.Static<typeof Webhook>;

/** The maximum number of subscriptions of a principal. They share one item. */
export const MAX_WEBHOOKS = 20;

/** A subscription whose deliveries have failed for this long is disabled: 5 days. */
export const MAX_FAILING_MS = 5 * 24 * 60 * 60 * 1000;

/** A function that creates tasks keeps the subscriptions of a principal for this long. */
export const WEBHOOK_CACHE_MS = 2000;

/** All subscriptions of a principal. */
export const Webhooks = Type.Object({
	principal: Type.String(),
	webhooks: Type.Array(Webhook),
	/** Number of writes, for optimistic locking. */
	version: Type.Integer({ minimum: 1 }),
});

/** See the schema of the same name. */
export type Webhooks = Type.Static<typeof Webhooks>;

/** The port to subscriptions. */
export interface WebhookStore {
	/** Returns the subscriptions of a principal, as last written. */
	readonly find: (principal: string) => Promise<Webhooks | undefined>;
	/** Writes `next` with the next version if the stored version is still that of `before`; otherwise returns `false`. */
	readonly swap: (before: Webhooks | undefined, next: Omit<Webhooks, 'version'>) => Promise<boolean>;
}

/** Each conflicting write changes a subscription, which is rare. */
const MAX_ATTEMPTS = 10;

/** The subscriptions after a change, or an outcome without a change. */
export type WebhooksChange<Outcome> = { readonly outcome: Outcome; readonly next?: readonly Webhook[] };

/**
 * Reads the subscriptions of a principal, decides and writes; repeats all three after a concurrent write.
 * @throws ServiceUnavailableError if other writers keep changing the subscriptions.
 */
export async function changeWebhooks<Outcome>(
	store: WebhookStore,
	principal: string,
	decide: (webhooks: readonly Webhook[]) => WebhooksChange<Outcome>,
): Promise<Outcome> {
	for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
		const found = await store.find(principal);
		const { outcome, next } = decide(found?.webhooks ?? []);
		if (next === undefined || (await store.swap(found, { principal, webhooks: [...next] }))) return outcome;
	}
	throw new ServiceUnavailableError('DynamoDB', {
		cause: new Error('Too many concurrent updates of the webhooks of a principal.'),
	});
}

/** The webhook that a request names for its task: a subscription of the principal, or a URL of its own. */
export type NamedWebhook = { readonly webhookId: string } | { readonly url: string };

/** A new task, as far as it decides which webhooks receive its events. */
export interface WebhookSelection {
	readonly taskId: string;
	readonly type: string;
	readonly named: NamedWebhook | undefined;
}

/**
 * Returns the webhooks of a new task: the enabled subscriptions for its type, and the one that its request names. Returns
 * `undefined` if the principal has no enabled subscription with the named id.
 */
export function selectWebhooks(
	webhooks: readonly Webhook[],
	{ taskId, type, named }: WebhookSelection,
): TaskWebhook[] | undefined {
	const matching = matchingWebhooks(webhooks, type);
	if (named === undefined) return matching;
	if ('url' in named) return [...matching, { webhookId: taskId, url: named.url }];
	if (matching.some(({ webhookId }) => webhookId === named.webhookId)) return matching;
	const other = webhooks.find(
		({ webhookId, disabled }) => webhookId === named.webhookId && disabled === undefined,
	);
	return other === undefined ? undefined : [...matching, taskWebhook(other)];
}

function matchingWebhooks(webhooks: readonly Webhook[], type: string): TaskWebhook[] {
	return webhooks
		.filter(({ disabled, types }) => disabled === undefined && (types === undefined || types.includes(type)))
		.map(taskWebhook);
}

/** Returns a subscription as the row of a task contains it. */
function taskWebhook({ webhookId, events }: Webhook): TaskWebhook {
	return { webhookId, ...(events === undefined ? {} : { events }) };
}
