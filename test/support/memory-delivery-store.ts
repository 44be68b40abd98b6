import * as Value from 'typebox/value';
import { Delivery, type DeliveryKey, type DeliveryStore } from '../../src/tasks/deliveries.ts';

/** The delivery store of the port's contract in a Map, with what only the writers of task rows may do: create. */
export interface MemoryDeliveryStore extends DeliveryStore {
	/** Stores a new delivery. Returns `false` if it exists already. */
	readonly create: (delivery: Delivery) => boolean;
	/** Returns all deliveries. */
	readonly all: () => readonly Delivery[];
}

export function createMemoryDeliveryStore(): MemoryDeliveryStore {
	const stored = new Map<string, Delivery>();
	const keyOf = ({ principal, webhookId, deliveryId }: DeliveryKey) =>
		JSON.stringify([principal, webhookId, deliveryId]);
	const write = (delivery: Delivery) => {
		Value.Assert(Delivery, delivery);
		stored.set(keyOf(delivery), structuredClone(delivery));
		return structuredClone(delivery);
	};
	const page = (found: readonly Delivery[], limit: number, positionOf: (delivery: Delivery) => string) => {
		const deliveries = found.slice(0, limit).map((delivery) => structuredClone(delivery));
		const last = deliveries.at(-1);
		return { deliveries, ...(found.length > limit && last !== undefined ? { next: positionOf(last) } : {}) };
	};
	return {
		create(delivery) {
			if (stored.has(keyOf(delivery))) return false;
			write(delivery);
			return true;
		},
		all: () => [...stored.values()],
		find: async (key) => structuredClone(stored.get(keyOf(key))),
		async swap(before, next) {
			if (stored.get(keyOf(next))?.version !== before?.version) return undefined;
			return write({ ...next, version: (before?.version ?? 0) + 1 });
		},
		findDue: async (nowMs) =>
			[...stored.values()].flatMap(({ checkAtMs, principal, webhookId, deliveryId }) =>
				checkAtMs !== undefined && checkAtMs <= nowMs
					? [{ principal, webhookId, deliveryId, checkAtMs }]
					: [],
			),
		async listOfWebhook({ principal, webhookId }, { limit, after }) {
			const found = [...stored.values()]
				.filter((each) => each.principal === principal && each.webhookId === webhookId)
				.toSorted((a, b) => (a.deliveryId < b.deliveryId ? 1 : -1))
				.filter(({ deliveryId }) => after === undefined || deliveryId < after);
			return page(found, limit, ({ deliveryId }) => deliveryId);
		},
		async listOfTask({ principal, taskId }, { limit, after }) {
			const positionOf = ({ createdAtMs, deliveryId }: Delivery) => `${createdAtMs}/${deliveryId}`;
			const found = [...stored.values()]
				.filter((each) => each.principal === principal && each.task?.taskId === taskId)
				.toSorted((a, b) => (positionOf(a) < positionOf(b) ? -1 : 1))
				.filter((each) => after === undefined || positionOf(each) > after);
			return page(found, limit, positionOf);
		},
	};
}
