import { createPublicKey, type KeyObject } from 'node:crypto';
import * as Type from 'typebox';

/** The public keys of an issuer, as its `jwks_uri` answers them (RFC 7517). */
export const JsonWebKeySet = Type.Object({
	keys: Type.Array(
		Type.Object({
			kty: Type.String(),
			kid: Type.Optional(Type.String()),
			use: Type.Optional(Type.String()),
			alg: Type.Optional(Type.String()),
			n: Type.Optional(Type.String()),
			e: Type.Optional(Type.String()),
		}),
	),
});

export type JsonWebKeySet = Type.Static<typeof JsonWebKeySet>;

/** The key that may have signed a token with this header; undefined where the set has none. */
export function findSigningKey(
	{ keys }: JsonWebKeySet,
	header: { readonly alg: string; readonly kid: string },
): KeyObject | undefined {
	const found = keys.find(
		({ kty, kid, use = 'sig', alg = header.alg }) =>
			kid === header.kid && kty === 'RSA' && use === 'sig' && alg === header.alg,
	);
	if (found === undefined) return undefined;
	try {
		return createPublicKey({ key: found, format: 'jwk' });
	} catch {
		return undefined;
	}
}
