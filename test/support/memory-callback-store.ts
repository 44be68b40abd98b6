import type { Callback } from '../../src/tasks/callback.ts';
import type { CallbackStore } from '../../src/tasks/callback-store.ts';

/** The callback store of the port's contract in a Map. */
export function createMemoryCallbackStore(): CallbackStore {
	const callbacks = new Map<string, Callback>();
	return {
		find: async (callbackKey) => structuredClone(callbacks.get(callbackKey)),
		async swap(before, next) {
			const found = callbacks.get(next.callbackKey);
			if (found?.version !== before?.version) return false;
			callbacks.set(next.callbackKey, structuredClone({ ...next, version: (before?.version ?? 0) + 1 }));
			return true;
		},
	};
}
