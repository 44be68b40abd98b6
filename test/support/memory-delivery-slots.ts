import type { DeliverySlot, DeliverySlots } from '../../src/tasks/delivery-slots.ts';

/** The slots of webhooks in a Map. */
export function createMemoryDeliverySlots(now: () => number): DeliverySlots {
	const taken = new Map<string, number>();
	const keyOf = ({ principal, webhookId, slot }: DeliverySlot) =>
		JSON.stringify([principal, webhookId, slot]);
	return {
		async take(slot, untilMs) {
			if ((taken.get(keyOf(slot)) ?? 0) > now()) return false;
			taken.set(keyOf(slot), untilMs);
			return true;
		},
		async free(slot) {
			taken.delete(keyOf(slot));
		},
	};
}
