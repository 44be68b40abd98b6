/** The state of a principal's limit after a request. */
export interface Allowance {
	/** Whether the request was within the limit. */
	readonly isTaken: boolean;
	/** The name of the limit, which clients see. */
	readonly name: string;
	/** The weight that is allowed per minute. */
	readonly perMinute: number;
	/** The weight that is left in this minute. */
	readonly remaining: number;
	/** Seconds until the next minute begins. */
	readonly resetSeconds: number;
}

/** Limits the work that is accepted from one principal per minute. */
export interface AcceptanceLimit {
	/** Counts work of this weight if the limit allows it. A usual task weighs 1. */
	take(principal: string, nowMs: number, weight: number): Promise<Allowance>;
}
