import * as Value from 'typebox/value';
import { type WebhookStore, Webhooks } from '../../src/tasks/webhooks.ts';

/** The store of subscriptions of the port's contract in a Map. */
export function createMemoryWebhookStore(): WebhookStore {
	const stored = new Map<string, Webhooks>();
	return {
		find: async (principal) => structuredClone(stored.get(principal)),
		async swap(before, next) {
			if (stored.get(next.principal)?.version !== before?.version) return false;
			const written = { ...next, version: (before?.version ?? 0) + 1 };
			Value.Assert(Webhooks, written);
			stored.set(next.principal, structuredClone(written));
			return true;
		},
	};
}
