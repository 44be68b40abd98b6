import type { Callback, CallbackId, CallbackStore } from '../../src/tasks/callbacks.ts';

/** The callback store in a Map, held to the contract of the port. */
export function createMemoryCallbackStore(): CallbackStore {
	const callbacks = new Map<string, Callback>();
	const keyOf = ({ principal, callbackKey }: CallbackId) => JSON.stringify([principal, callbackKey]);
	return {
		find: async (id) => structuredClone(callbacks.get(keyOf(id))),
		async swap(before, next) {
			if (callbacks.get(keyOf(next))?.version !== before?.version) return false;
			callbacks.set(keyOf(next), structuredClone({ ...next, version: (before?.version ?? 0) + 1 }));
			return true;
		},
	};
}
