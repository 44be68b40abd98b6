import { parseDictionary, parseItem } from 'structured-headers';
import { ProblemError } from '../problems/problem.ts';

/** Idempotency keys have 1 to 255 visible ASCII characters. */
export const IDEMPOTENCY_KEY_PATTERN = '^[\\x21-\\x7e]{1,255}$';

const IDEMPOTENCY_KEY = new RegExp(IDEMPOTENCY_KEY_PATTERN);

/**
 * Parses the `Idempotency-Key` header: a quoted string as in the IETF draft, or the bare key.
 * @throws {@link ProblemError} `bad-request` for any other form.
 */
export function parseIdempotencyKey(header: string | undefined): string | undefined {
	if (header === undefined) return undefined;
	const key = header.includes('"') ? parseQuotedString(header) : header;
	if (key === undefined || !IDEMPOTENCY_KEY.test(key)) {
		throw new ProblemError(
			'bad-request',
			'Invalid Idempotency-Key: send 1 to 255 visible ASCII characters, preferably in double quotes.',
		);
	}
	return key;
}

function parseQuotedString(header: string): string | undefined {
	try {
		const [value] = parseItem(header);
		return typeof value === 'string' ? value : undefined;
	} catch {
		return undefined;
	}
}

/** API Gateway ends a request after 30 s; the remaining time is for the network and the last read. */
export const MAX_WAIT_SECONDS = 25;

/** Returns the seconds that `Prefer: wait=N` (RFC 7240) requests, limited to {@link MAX_WAIT_SECONDS}. */
export function preferredWaitSeconds(prefer: string | undefined): number | undefined {
	if (prefer === undefined) return undefined;
	const wait = readPreference(prefer, 'wait');
	const seconds = typeof wait === 'string' && /^\d{1,9}$/.test(wait) ? Number(wait) : wait;
	if (typeof seconds !== 'number' || !Number.isInteger(seconds) || seconds < 0) return undefined;
	return Math.min(MAX_WAIT_SECONDS, seconds);
}

/** RFC 7240 allows upper case and spaces around `=`, which RFC 9651 dictionaries do not. */
function readPreference(prefer: string, name: string): unknown {
	try {
		const [value]: readonly unknown[] =
			parseDictionary(prefer.toLowerCase().replaceAll(/\s*=\s*/g, '=')).get(name) ?? [];
		return value;
	} catch {
		return undefined;
	}
}

const TRACEPARENT = /^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;

/** Parses W3C `traceparent`. Another form is ignored, as the standard requires. */
export function parseTraceparent(traceparent: string | undefined): { traceparent?: string } {
	return traceparent !== undefined && TRACEPARENT.test(traceparent) ? { traceparent } : {};
}

/** OpenAPI description of the `ETag` header. */
export const ETAG_HEADER = {
	type: 'string',
	description: 'Changes whenever the body changes. Send it back in `If-None-Match`.',
} as const;

/** Returns whether `If-None-Match` lacks the tag, by RFC 9110's weak comparison: then the body must be sent. */
export function isModified(ifNoneMatch: string | undefined, tag: string): boolean {
	if (ifNoneMatch === undefined) return true;
	if (ifNoneMatch.trim() === '*') return false;
	const opaqueTag = (text: string) => text.trim().replace(/^W\//, '');
	return !ifNoneMatch.split(',').map(opaqueTag).includes(opaqueTag(tag));
}
