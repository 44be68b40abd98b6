/** How many tasks of one principal are accepted in a minute. */
export interface AcceptanceLimit {
	/** Counts one more task in, unless there are too many; then the seconds until it is worth trying again. */
	take(principal: string, nowMs: number): Promise<'taken' | { readonly retryAfterSeconds: number }>;
}

/** Where a stage has no limit. */
export const UNLIMITED: AcceptanceLimit = { take: async () => 'taken' };
