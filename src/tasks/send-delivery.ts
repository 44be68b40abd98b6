import {
	type Delivery,
	type DeliveryKey,
	type DeliveryQueue,
	type DeliveryStore,
	LOST_MESSAGE_MS,
	MAX_QUEUE_DELAY_MS,
} from './deliveries.ts';
import { type DeliverySlots, takeSlot } from './delivery-slots.ts';
import type { Log } from './log.ts';
import type { WebhookSecrets } from './webhook-secret.ts';
import { changeWebhooks, MAX_FAILING_MS, type Webhook, type WebhookStore } from './webhooks.ts';

/** CloudWatch metric: deliveries that were given up after their last attempt. */
export const DEAD_DELIVERIES_METRIC = 'DeadDeliveries';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** The waits between the attempts. After the ninth attempt, 22 hours after the first, the delivery is dead. */
export const RETRY_DELAYS_MS: readonly number[] = [
	5 * SECOND,
	30 * SECOND,
	2 * MINUTE,
	10 * MINUTE,
	HOUR,
	3 * HOUR,
	6 * HOUR,
	12 * HOUR,
];

/** A receiver cannot postpone an attempt by more than the longest wait. */
const MAX_RETRY_AFTER_MS = 12 * HOUR;

/** Each wait is up to this share shorter or longer, so that the retries of many deliveries spread out. */
const JITTER = 0.1;

/** A sender that has not finished after this time has crashed: twice the timeout of an attempt. */
const CLAIM_MS = 30_000;

/** An attempt without a free place waits one to three times as long. */
const MIN_POSTPONE_MS = 5 * SECOND;

/** Attempts that a delivery keeps; a replay adds to them. */
const MAX_KEPT_ATTEMPTS = 20;

/** The response of a receiver, or the reason for its absence. */
export interface SendOutcome {
	readonly latencyMs: number;
	readonly statusCode?: number;
	/** The first 1 KB of the response. */
	readonly response?: string;
	readonly retryAfterMs?: number;
	readonly error?: string;
}

/** A signed request to a receiver. */
export interface WebhookRequest {
	readonly url: string;
	readonly body: string;
	/** The id, which all attempts of a delivery share. */
	readonly id: string;
	readonly sentAtMs: number;
	/** Each secret adds a signature. */
	readonly secrets: readonly string[];
}

/** The ports of the sender. */
export interface SendDeliveryDependencies {
	readonly deliveries: Pick<DeliveryStore, 'find' | 'swap'>;
	readonly slots: DeliverySlots;
	readonly webhooks: WebhookStore;
	readonly secrets: Pick<WebhookSecrets, 'signing'>;
	readonly queue: DeliveryQueue;
	/** Sends one request. Never rejects because of the receiver. */
	readonly post: (request: WebhookRequest) => Promise<SendOutcome>;
	readonly bodyOf: (delivery: Delivery) => string;
	readonly now: () => number;
	/** Returns a number from 0 to 1, for the jitter. */
	readonly random: () => number;
	/** Counts a delivery that was given up. */
	readonly recordDead: () => void;
}

/** The result of handling a message of the queue. */
export type SendDeliveryOutcome = 'delivered' | 'failed' | 'dead' | 'postponed' | 'ignored';

interface Target {
	readonly url: string;
	readonly webhook?: Webhook;
}

/**
 * Attempts a delivery once and plans the next attempt. A message that is repeated, early or late changes nothing: the
 * delivery itself says whether an attempt is due, and a claim keeps two senders apart.
 */
export function createDeliverySender(dependencies: SendDeliveryDependencies) {
	const { deliveries, slots, webhooks, secrets, queue, post, bodyOf, now, random, recordDead } = dependencies;
	return async (key: DeliveryKey, log: Log): Promise<SendDeliveryOutcome> => {
		const found = await deliveries.find(key);
		if (found?.status !== 'pending' || !isDue(found, now())) return 'ignored';
		const slot = await takeSlot(slots, found, { untilMs: now() + CLAIM_MS, random });
		if (slot === undefined) return postpone(found);
		try {
			return await attempt(found, log);
		} finally {
			// Best effort: a slot is free again once the claim has ended.
			await slots.free(slot).catch((error: unknown) => log.warn('delivery slot not freed', { error }));
		}
	};

	/** Repeats the message some seconds later: the webhook is at its limit of concurrent attempts. */
	async function postpone(delivery: Delivery): Promise<SendDeliveryOutcome> {
		const delayMs = Math.ceil(MIN_POSTPONE_MS * (1 + 2 * random()));
		const nextAttemptAtMs = now() + delayMs;
		const checkAtMs = nextAttemptAtMs + LOST_MESSAGE_MS;
		const written = await deliveries.swap(delivery, { ...delivery, nextAttemptAtMs, checkAtMs });
		if (written !== undefined) await queue.send([delivery], Math.ceil(delayMs / SECOND));
		return 'postponed';
	}

	async function attempt(found: Delivery, log: Log): Promise<SendDeliveryOutcome> {
		const claimedUntilMs = now() + CLAIM_MS;
		const delivery = await deliveries.swap(found, {
			...found,
			claimedUntilMs,
			checkAtMs: claimedUntilMs,
		});
		if (delivery === undefined) return 'ignored';
		const target = await findTarget(delivery);
		if (typeof target === 'string') {
			await deliveries.swap(delivery, finished(delivery, 'dead', now(), target));
			return 'dead';
		}
		const atMs = now();
		const outcome = await post({
			url: target.url,
			body: bodyOf(delivery),
			id: delivery.deliveryId,
			sentAtMs: atMs,
			secrets: await secrets.signing(delivery.principal, target.webhook),
		});
		const { retryAfterMs: _, ...answer } = outcome;
		const tried = {
			...delivery,
			attempts: [...delivery.attempts, { atMs, ...answer }].slice(-MAX_KEPT_ATTEMPTS),
		};
		const fields = { status_code: outcome.statusCode, latency_ms: outcome.latencyMs, error: outcome.error };
		if (isSuccess(outcome)) {
			await deliveries.swap(delivery, finished(tried, 'delivered', now()));
			await recordHealth(target, delivery, undefined);
			log.info('webhook delivered', fields);
			return 'delivered';
		}
		log.warn('webhook attempt failed', fields);
		const kind = await retryOrGiveUp(delivery, tried, outcome);
		await recordHealth(target, delivery, outcome);
		// No alarm for a receiver that is gone: an operator cannot repair it.
		if (kind === 'dead' && outcome.statusCode !== 410) recordDead();
		return kind;
	}

	/** Returns the receiver, or the reason for its absence. */
	async function findTarget({ principal, webhookId, url }: Delivery): Promise<Target | string> {
		if (url !== undefined) return { url };
		const webhook = (await webhooks.find(principal))?.webhooks.find((each) => each.webhookId === webhookId);
		if (webhook === undefined) return 'The webhook was deleted.';
		return webhook.disabled === undefined ? { url: webhook.url, webhook } : 'The webhook is disabled.';
	}

	async function retryOrGiveUp(
		claimed: Delivery,
		tried: Delivery,
		{ statusCode, retryAfterMs = 0 }: SendOutcome,
	): Promise<'failed' | 'dead'> {
		const waitMs = statusCode === 410 ? undefined : RETRY_DELAYS_MS[tried.failures];
		if (waitMs === undefined) {
			const reason = statusCode === 410 ? 'The receiver answered 410 Gone.' : 'The last attempt failed.';
			await deliveries.swap(
				claimed,
				finished({ ...tried, failures: tried.failures + 1 }, 'dead', now(), reason),
			);
			return 'dead';
		}
		const jitteredMs = waitMs * (1 + JITTER * (2 * random() - 1));
		const delayMs = Math.ceil(Math.max(jitteredMs, Math.min(retryAfterMs, MAX_RETRY_AFTER_MS)));
		const nextAttemptAtMs = now() + delayMs;
		const isQueued = delayMs <= MAX_QUEUE_DELAY_MS;
		const { claimedUntilMs: _, ...unclaimed } = tried;
		const written = await deliveries.swap(claimed, {
			...unclaimed,
			failures: tried.failures + 1,
			nextAttemptAtMs,
			checkAtMs: isQueued ? nextAttemptAtMs + LOST_MESSAGE_MS : nextAttemptAtMs,
		});
		if (written !== undefined && isQueued) await queue.send([tried], Math.ceil(delayMs / SECOND));
		return 'failed';
	}

	/** Records the first failure and the first success after failures, and disables a receiver that is gone. */
	async function recordHealth(
		{ webhook: seen }: Target,
		{ principal }: Delivery,
		failure: SendOutcome | undefined,
	): Promise<void> {
		if (seen === undefined || (failure === undefined && seen.failingSinceMs === undefined)) return;
		await changeWebhooks(webhooks, principal, (all) => {
			const webhook = all.find(({ webhookId }) => webhookId === seen.webhookId);
			const next = webhook === undefined ? undefined : healthAfter(webhook, failure, now());
			if (next === undefined) return { outcome: undefined };
			return { outcome: undefined, next: all.map((each) => (each === webhook ? next : each)) };
		});
	}
}

/** Whether an attempt is due that no other sender makes. */
export function isDue({ nextAttemptAtMs = 0, claimedUntilMs = 0 }: Delivery, nowMs: number): boolean {
	return nextAttemptAtMs <= nowMs && claimedUntilMs <= nowMs;
}

/** Returns the subscription after an attempt, or `undefined` if nothing changes. */
export function healthAfter(
	webhook: Webhook,
	failure: Pick<SendOutcome, 'statusCode'> | undefined,
	nowMs: number,
): Webhook | undefined {
	const { failingSinceMs, ...healthy } = webhook;
	if (failure === undefined) return failingSinceMs === undefined ? undefined : healthy;
	if (webhook.disabled !== undefined) return undefined;
	if (failure.statusCode === 410) return { ...webhook, disabled: { atMs: nowMs, reason: 'gone' } };
	if (failingSinceMs === undefined) return { ...webhook, failingSinceMs: nowMs };
	if (nowMs - failingSinceMs < MAX_FAILING_MS) return undefined;
	return { ...webhook, disabled: { atMs: nowMs, reason: 'failing' } };
}

function isSuccess({ statusCode = 0 }: SendOutcome): boolean {
	return statusCode >= 200 && statusCode < 300;
}

function finished(
	delivery: Delivery,
	status: 'delivered' | 'dead',
	nowMs: number,
	deadReason?: string,
): Omit<Delivery, 'version'> {
	const { nextAttemptAtMs: _, checkAtMs: __, claimedUntilMs: ___, version: ____, ...rest } = delivery;
	return {
		...rest,
		status,
		finishedAtMs: nowMs,
		...(deadReason === undefined ? {} : { deadReason }),
	};
}

/** Returns the delivery as a replay sends it: with the same id, and with all its attempts before it. */
export function replayed(delivery: Delivery, nowMs: number): Omit<Delivery, 'version'> {
	const { finishedAtMs: _, deadReason: __, version: ___, ...rest } = delivery;
	return {
		...rest,
		status: 'pending',
		failures: 0,
		nextAttemptAtMs: nowMs,
		checkAtMs: nowMs + LOST_MESSAGE_MS,
	};
}
