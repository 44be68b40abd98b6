/** API Gateway gives up after 30 s; what is left is for the way there and back. */
export const LONGEST_WAIT_SECONDS = 25;

/** The seconds that `Prefer: wait=N` (RFC 7240) asks for, at most 25; undefined where it does not, or not in seconds. */
export function preferredWaitSeconds(prefer: string | undefined): number | undefined {
	for (const preference of (prefer ?? '').split(',')) {
		const [, seconds] = /^\s*wait\s*=\s*"?(\d{1,9})"?\s*(?:;.*)?$/i.exec(preference) ?? [];
		if (seconds !== undefined) return Math.min(LONGEST_WAIT_SECONDS, Number(seconds));
	}
	return undefined;
}
