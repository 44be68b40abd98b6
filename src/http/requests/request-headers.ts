import { ProblemError } from '../problems/problem.ts';

/** 1 to 255 visible characters. */
export const IDEMPOTENCY_KEY_PATTERN = '^[\\x21-\\x7e]{1,255}$';

const KEY = new RegExp(IDEMPOTENCY_KEY_PATTERN);

/** The IETF draft's form: a quoted string of RFC 9651, in which a backslash stands before a quote or a backslash. */
const QUOTED = /^"((?:[^"\\]|\\["\\])*)"$/;

/** The value of the `Idempotency-Key` header: quoted, as the draft asks, or bare. Throws the problem where it is neither. */
export function parseIdempotencyKey(header: string | undefined): string | undefined {
	if (header === undefined) return undefined;
	const [, quoted] = QUOTED.exec(header) ?? [];
	const key = quoted === undefined ? header : quoted.replaceAll(/\\(.)/g, '$1');
	if ((quoted === undefined && key.includes('"')) || !KEY.test(key)) {
		throw new ProblemError(
			'bad-request',
			'Idempotency-Key has to be 1 to 255 visible characters, best quoted.',
		);
	}
	return key;
}
/** API Gateway gives up after 30 s; what is left is for the way there and back. */
export const MAX_WAIT_SECONDS = 25;

/** The seconds that `Prefer: wait=N` (RFC 7240) asks for, at most 25; undefined where it does not, or not in seconds. */
export function preferredWaitSeconds(prefer: string | undefined): number | undefined {
	for (const preference of (prefer ?? '').split(',')) {
		const [, seconds] = /^\s*wait\s*=\s*"?(\d{1,9})"?\s*(?:;.*)?$/i.exec(preference) ?? [];
		if (seconds !== undefined) return Math.min(MAX_WAIT_SECONDS, Number(seconds));
	}
	return undefined;
}
/** W3C trace context; another form is left out rather than refused, as the standard asks. */
const TRACEPARENT = /^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;

export function parseTraceparent(traceparent: string | undefined): { traceparent?: string } {
	return traceparent !== undefined && TRACEPARENT.test(traceparent) ? { traceparent } : {};
}
