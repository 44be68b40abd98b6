import { generateKeyPairSync } from 'node:crypto';
import type { Clock } from '../clock.ts';
import type { JsonWebKeySet } from './json-web-key-set.ts';
import { signToken } from './json-web-token.ts';

/** An OpenID issuer that signs any claims. */
export interface LocalIssuer {
	/** What its tokens have as `iss` and `aud`. */
	readonly issuer: string;
	readonly audience: string;
	jwks(): JsonWebKeySet;
	/** Signs the claims; `iss`, `aud`, `iat`, `exp` and `jti` have defaults, which `null` removes. */
	issue(claims: Readonly<Record<string, unknown>>, expiresInSeconds?: number): string;
}

/** What an issuer needs. */
export interface LocalIssuerOptions {
	readonly clock: Pick<Clock, 'now'>;
	/** Makes the ids of the key and of the tokens. */
	readonly newId: () => string;
	readonly issuer: string;
	readonly audience: string;
}

/** An issuer with a key of its own, which lives as long as the process: tokens do not outlast a restart. */
export function createLocalIssuer({ clock, newId, issuer, audience }: LocalIssuerOptions): LocalIssuer {
	let made: SigningKey | undefined;
	// An RSA key costs a tenth of a second and more, which a start that nobody asks for a token does not pay.
	const signingKey = () => (made ??= makeSigningKey(newId()));
	return {
		issuer,
		audience,
		jwks: () => ({ keys: [signingKey().publicJwk] }),
		issue(given, expiresInSeconds = 3600) {
			const { kid, privateKey } = signingKey();
			const iat = Math.floor(clock.now() / 1000);
			const defaults = { iss: issuer, aud: audience, iat, exp: iat + expiresInSeconds, jti: newId() };
			const claims = Object.entries({ ...defaults, ...given }).filter(([, value]) => value !== null);
			return signToken(Object.fromEntries(claims), kid, privateKey);
		},
	};
}

type SigningKey = ReturnType<typeof makeSigningKey>;

function makeSigningKey(kid: string) {
	const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
	const { n = '', e = '' } = publicKey.export({ format: 'jwk' });
	return { kid, privateKey, publicJwk: { kty: 'RSA', kid, use: 'sig', alg: 'RS256', n, e } };
}
