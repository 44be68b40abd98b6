/** Slack takes about one message a second for a webhook; it says more where it wants more. */
const UNSAID_SECONDS = 5;
const SHORTEST_SECONDS = 1;
const LONGEST_SECONDS = 300;

/** A `Retry-After` header, in seconds or as an HTTP date (RFC 9110, section 10.2.3), as whole seconds from 1 to 300. */
export function retryAfterSeconds(header: string | null, nowMs: number): number {
	const seconds = secondsIn(header?.trim() ?? '', nowMs);
	if (Number.isNaN(seconds)) return UNSAID_SECONDS;
	return Math.min(LONGEST_SECONDS, Math.max(SHORTEST_SECONDS, Math.ceil(seconds)));
}

function secondsIn(value: string, nowMs: number): number {
	return /^\d+(\.\d+)?$/.test(value) ? Number(value) : (Date.parse(value) - nowMs) / 1000;
}
