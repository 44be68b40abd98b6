import {
	type Delivery,
	type DeliveryKey,
	type DeliveryQueue,
	type DeliveryStore,
	testDelivery,
} from './deliveries.ts';
import { replayed } from './send-delivery.ts';
import type { WebhookSecrets } from './webhook-secret.ts';
import {
	changeWebhooks,
	MAX_WEBHOOKS,
	WEBHOOK_CACHE_MS,
	type Webhook,
	type WebhookStore,
} from './webhooks.ts';

/** The members of a subscription that its owner sets. */
export type WebhookSettings = Pick<Webhook, 'url' | 'events' | 'types' | 'description'>;

/** A change of a subscription: an absent member stays, `null` removes the member. */
export type WebhookUpdate = {
	readonly [Member in keyof WebhookSettings]?: WebhookSettings[Member] | null;
} & { readonly url?: string; readonly enabled?: boolean };

/** Identifies a subscription. */
export type WebhookKey = Pick<DeliveryKey, 'principal' | 'webhookId'>;

/** The result of creating a subscription. */
export type CreateWebhookOutcome =
	| { readonly kind: 'created'; readonly webhook: Webhook; readonly secret: string }
	/** The principal has {@link MAX_WEBHOOKS} subscriptions. */
	| { readonly kind: 'limitReached' };

/** The result of replaying a delivery. */
export type ReplayOutcome =
	| { readonly kind: 'replayed'; readonly delivery: Delivery }
	| { readonly kind: 'notFound' }
	/** The delivery has not ended yet. */
	| { readonly kind: 'pending' };

/** The ports of the use cases of subscriptions. */
export interface ManageWebhooksDependencies {
	readonly webhooks: WebhookStore;
	readonly deliveries: Pick<DeliveryStore, 'find' | 'swap'>;
	readonly secrets: Pick<WebhookSecrets, 'current'>;
	readonly queue: DeliveryQueue;
	/** Returns a new UUID. */
	readonly createId: (nowMs: number) => string;
	readonly now: () => number;
	readonly sleep: (ms: number) => Promise<unknown>;
}

/** Creates the use cases of a principal's subscriptions. */
export function createWebhookManager(dependencies: ManageWebhooksDependencies) {
	const { webhooks, deliveries, secrets, queue, createId, now, sleep } = dependencies;
	const find = async ({ principal, webhookId }: WebhookKey): Promise<Webhook | undefined> =>
		(await webhooks.find(principal))?.webhooks.find((each) => each.webhookId === webhookId);

	/** Waits until no function that creates tasks uses the subscriptions before a change. */
	const untilKnown = () => sleep(WEBHOOK_CACHE_MS);

	/** Changes one subscription. Returns it, or `undefined` if it does not exist. */
	const change = ({ principal, webhookId }: WebhookKey, next: (webhook: Webhook) => Webhook) =>
		changeWebhooks<Webhook | undefined>(webhooks, principal, (all) => {
			const found = all.find((each) => each.webhookId === webhookId);
			if (found === undefined) return { outcome: undefined };
			const changed = next(found);
			return { outcome: changed, next: all.map((each) => (each === found ? changed : each)) };
		});

	return {
		find,

		list: async (principal: string): Promise<readonly Webhook[]> =>
			(await webhooks.find(principal))?.webhooks ?? [],

		async create(principal: string, settings: WebhookSettings): Promise<CreateWebhookOutcome> {
			const nowMs = now();
			const webhook: Webhook = {
				webhookId: createId(nowMs),
				...settings,
				createdAtMs: nowMs,
				updatedAtMs: nowMs,
				secretVersion: 1,
			};
			const isCreated = await changeWebhooks(webhooks, principal, (all) =>
				all.length >= MAX_WEBHOOKS ? { outcome: false } : { outcome: true, next: [...all, webhook] },
			);
			if (!isCreated) return { kind: 'limitReached' };
			const secret = await secrets.current(principal, webhook);
			await untilKnown();
			return { kind: 'created', webhook, secret };
		},

		/** Returns `undefined` if the subscription does not exist. */
		async update(key: WebhookKey, update: WebhookUpdate): Promise<Webhook | undefined> {
			const webhook = await change(key, (before) => updatedWebhook(before, update, now()));
			if (webhook !== undefined) await untilKnown();
			return webhook;
		},

		/** Returns `false` if the subscription does not exist. */
		async remove({ principal, webhookId }: WebhookKey): Promise<boolean> {
			const isRemoved = await changeWebhooks(webhooks, principal, (all) => {
				const next = all.filter((each) => each.webhookId !== webhookId);
				return next.length === all.length ? { outcome: false } : { outcome: true, next };
			});
			if (isRemoved) await untilKnown();
			return isRemoved;
		},

		/** Both secrets sign for 24 hours. */
		async rotateSecret(key: WebhookKey) {
			const webhook = await change(key, (before) => ({
				...before,
				secretVersion: before.secretVersion + 1,
				secretRotatedAtMs: now(),
				updatedAtMs: now(),
			}));
			if (webhook === undefined) return undefined;
			return { webhook, secret: await secrets.current(key.principal, webhook) };
		},

		/** Queues a delivery that contains no task. Returns `undefined` if the subscription does not exist. */
		async test(key: WebhookKey): Promise<Delivery | undefined> {
			if ((await find(key)) === undefined) return undefined;
			const nowMs = now();
			const delivery = await deliveries.swap(
				undefined,
				testDelivery({ ...key, deliveryId: createId(nowMs) }, nowMs),
			);
			if (delivery !== undefined) await queue.send([delivery]);
			return delivery;
		},

		/** Sends an ended delivery again, with the same id and all retries. */
		async replay(key: DeliveryKey): Promise<ReplayOutcome> {
			const found = await deliveries.find(key);
			if (found === undefined) return { kind: 'notFound' };
			if (found.status === 'pending') return { kind: 'pending' };
			const delivery = await deliveries.swap(found, replayed(found, now()));
			if (delivery === undefined) return { kind: 'pending' };
			await queue.send([delivery]);
			return { kind: 'replayed', delivery };
		},
	};
}

/** The use cases of subscriptions. */
export type WebhookManager = ReturnType<typeof createWebhookManager>;

/** Returns a subscription after an update. Enabling it forgets its failures. */
export function updatedWebhook(webhook: Webhook, update: WebhookUpdate, nowMs: number): Webhook {
	const { enabled, url = webhook.url, events, types, description } = update;
	const { disabled, failingSinceMs, ...rest } = webhook;
	const health = {
		...(disabled === undefined ? {} : { disabled }),
		...(failingSinceMs === undefined ? {} : { failingSinceMs }),
	};
	const isDisabling = enabled === false && disabled === undefined;
	const next: Webhook = {
		...rest,
		...(enabled === true ? {} : health),
		...(isDisabling ? { disabled: { atMs: nowMs, reason: 'client' } } : {}),
		url,
		...(events == null ? {} : { events }),
		...(types == null ? {} : { types }),
		...(description == null ? {} : { description }),
		updatedAtMs: nowMs,
	};
	if (events === null) delete next.events;
	if (types === null) delete next.types;
	if (description === null) delete next.description;
	return next;
}
