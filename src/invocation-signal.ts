/** What is read of the context that Lambda hands to a function. */
export interface InvocationContext {
	readonly getRemainingTimeInMillis: () => number;
	/** Aborts when nobody waits for the answer any more. Lambda itself tells nothing of that; the local one does. */
	readonly signal?: AbortSignal;
}

/** What is left for ending in order, before Lambda ends the function. */
const FAREWELL_MS = 500;

/** Aborts when an invocation should stop: shortly before its time is over, or when it has lost its purpose. */
export function invocationSignal({ getRemainingTimeInMillis, signal }: InvocationContext): AbortSignal {
	const timeIsOver = AbortSignal.timeout(Math.max(0, getRemainingTimeInMillis() - FAREWELL_MS));
	return signal === undefined ? timeIsOver : AbortSignal.any([timeIsOver, signal]);
}
