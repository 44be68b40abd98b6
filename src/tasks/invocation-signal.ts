/** The members of Lambda's context that a function reads. */
export interface InvocationContext {
	readonly getRemainingTimeInMillis: () => number;
	/** Aborts when the result is no longer needed. Only the local Lambda sets it; AWS does not. */
	readonly signal?: AbortSignal;
}

/** Time left to finish cleanly before Lambda ends the invocation. */
const ABORT_MARGIN_MS = 500;

/** Returns a signal that aborts shortly before the invocation's timeout, or when its result is no longer needed. */
export function invocationSignal({ getRemainingTimeInMillis, signal }: InvocationContext): AbortSignal {
	const timeout = AbortSignal.timeout(Math.max(0, getRemainingTimeInMillis() - ABORT_MARGIN_MS));
	return signal === undefined ? timeout : AbortSignal.any([timeout, signal]);
}
