import type { Callback } from './callback.ts';

/** Where callbacks are kept, one for each key. */
export interface CallbackStore {
	find(callbackKey: string): Promise<Callback | undefined>;
	/** Writes `next` with the next version where what is there is still `before`; false where it is not. */
	swap(before: Callback | undefined, next: Omit<Callback, 'version'>): Promise<boolean>;
}

/** How often another's write may come in between; each of them takes the key further, so that there are few. */
const MOST_TRIES = 10;

/** What becomes of a key: a write and what it means, or what stands without one. */
export type CallbackChange<Outcome> =
	| { readonly next: Omit<Callback, 'version'>; readonly onceWritten: (callback: Callback) => Outcome }
	| { readonly outcome: Outcome };

/** Decides by what is there and writes it down, again where it changed meanwhile. */
export async function changeCallback<Outcome>(
	store: CallbackStore,
	callbackKey: string,
	decide: (found: Callback | undefined) => CallbackChange<Outcome>,
): Promise<Outcome> {
	for (let tries = 0; tries < MOST_TRIES; tries++) {
		const found = await store.find(callbackKey);
		const change = decide(found);
		if (!('next' in change)) return change.outcome;
		if (await store.swap(found, change.next))
			return change.onceWritten({ ...change.next, version: (found?.version ?? 0) + 1 });
	}
	throw new Error(`The callback ${callbackKey} does not stand still.`);
}
