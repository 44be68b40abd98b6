import * as Type from 'typebox';
import { parseValue, UnexpectedShapeError } from '../parse.ts';

/** Long enough that nobody guesses it; of the characters that RFC 6750 allows in a bearer token. */
const Token = Type.String({ minLength: 16, maxLength: 512, pattern: '^[A-Za-z0-9._~+/-]+=*$' });

/**
 * The text of the partner tokens' secret, as JSON. `current` is what clients send. During a rotation the partner APIs take
 * `previous` too, so that clients that still hold it go on: put `{current: new, previous: old}`, and `{current: new}` later.
 */
export const PartnerTokens = Type.Object(
	{ current: Token, previous: Type.Optional(Token) },
	{ additionalProperties: false },
);

export type PartnerTokens = Type.Static<typeof PartnerTokens>;

/** Reads a secret; `fresh` where the value at hand was refused. */
type ReadSecret = (options?: { readonly fresh: boolean }) => Promise<string>;

/** Throws {@link UnexpectedShapeError}, which quotes nothing of the text: it is a secret. */
export function parsePartnerTokens(text: string): PartnerTokens {
	return parseValue(PartnerTokens, jsonOf(text), 'partner tokens');
}

/** The token that clients send, out of the secret of them. */
export function createCurrentToken(readSecret: ReadSecret): ReadSecret {
	return async (options) => parsePartnerTokens(await readSecret(options)).current;
}

function jsonOf(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		throw new UnexpectedShapeError('partner tokens are not JSON');
	}
}
