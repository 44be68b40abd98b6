import type { ClaimStore } from '../../src/tasks/claim-check.ts';

/** The claim store of the port's contract in a Map. */
export function createMemoryClaimStore(texts = new Map<string, string>()): ClaimStore {
	return {
		async put(key, text) {
			texts.set(key, text);
		},
		async get(key) {
			const text = texts.get(key);
			if (text === undefined) throw new Error(`There is nothing at ${key}.`);
			return text;
		},
	};
}
