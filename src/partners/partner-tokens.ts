import * as Type from 'typebox';
import { parseValue, UnexpectedShapeError } from '../parse.ts';

/** At least 16 of the characters that RFC 6750 allows in a bearer token. */
const Token = Type.String({ minLength: 16, maxLength: 512, pattern: '^[A-Za-z0-9._~+/-]+=*$' });

/**
 * The JSON text of the partner tokens' secret. Clients send `current`. During a rotation the partner APIs also accept
 * `previous`: set `{current: new, previous: old}` first, and `{current: new}` once every client has the new token.
 */
export const PartnerTokens = Type.Object(
	{ current: Token, previous: Type.Optional(Token) },
	{ additionalProperties: false },
);

/** See the schema of the same name. */
export type PartnerTokens = Type.Static<typeof PartnerTokens>;

/** Reads a secret; `fresh` after the cached value was refused. */
type ReadSecret = (options?: { readonly fresh: boolean }) => Promise<string>;

/**
 * Parses the text of the secret.
 * @throws {UnexpectedShapeError} without quoting the text, which is a secret.
 */
export function parsePartnerTokens(text: string): PartnerTokens {
	return parseValue(PartnerTokens, jsonOf(text), 'partner tokens');
}

/** Creates a reader of the token that clients send. */
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
