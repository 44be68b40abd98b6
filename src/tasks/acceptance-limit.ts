/** Limits the work that is accepted from one principal per minute. */
export interface AcceptanceLimit {
	/** Counts work of this weight, or returns the seconds until the limit allows it. A usual task weighs 1. */
	take(
		principal: string,
		nowMs: number,
		weight: number,
	): Promise<'taken' | { readonly retryAfterSeconds: number }>;
}

/** The limit of a stage without one. */
export const UNLIMITED: AcceptanceLimit = { take: async () => 'taken' };
