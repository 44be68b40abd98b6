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
