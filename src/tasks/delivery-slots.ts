import type { DeliveryKey } from './deliveries.ts';

/**
 * Concurrent attempts to one webhook: a tenth of the concurrent attempts of all senders. A receiver that keeps every
 * connection open until its timeout leaves nine tenths to the others.
 */
export const MAX_CONCURRENT_ATTEMPTS = 50;

/** One of the slots of a webhook. An attempt occupies a slot. */
export interface DeliverySlot extends Pick<DeliveryKey, 'principal' | 'webhookId'> {
	/** 0 to {@link MAX_CONCURRENT_ATTEMPTS} - 1. */
	readonly slot: number;
}

/** The port to the slots of webhooks. */
export interface DeliverySlots {
	/** Takes the slot until this time if it is free. */
	readonly take: (slot: DeliverySlot, untilMs: number) => Promise<boolean>;
	readonly free: (slot: DeliverySlot) => Promise<void>;
}

/** Random slots that a sender tries before it postpones the attempt. */
const MAX_TRIES = 3;

/** Takes a random free slot. Returns `undefined` if none was found. */
export async function takeSlot(
	slots: DeliverySlots,
	{ principal, webhookId }: DeliveryKey,
	{ untilMs, random }: { readonly untilMs: number; readonly random: () => number },
): Promise<DeliverySlot | undefined> {
	for (let attempt = 0; attempt < MAX_TRIES; attempt++) {
		const slot = { principal, webhookId, slot: Math.floor(random() * MAX_CONCURRENT_ATTEMPTS) };
		if (await slots.take(slot, untilMs)) return slot;
	}
	return undefined;
}
