import { generateKeyPairSync } from 'node:crypto';
import type { Clock } from '../clock.ts';
import type { JsonWebKeySet } from './json-web-key-set.ts';
import { signToken } from './json-web-token.ts';

/** Whom a token is for, and what it allows. */
export interface TokenRequest {
	readonly sub: string;
	/** Scopes, separated by spaces. */
	readonly scope: string;
	/** An hour if it is left out. */
	readonly expiresInSeconds?: number | undefined;
}

/** An OpenID issuer that gives a token to whoever asks. */
export interface LocalIssuer {
	/** What its tokens have as `iss` and `aud`. */
	readonly issuer: string;
	readonly audience: string;
	jwks(): JsonWebKeySet;
	issue(request: TokenRequest): string;
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
		issue({ sub, scope, expiresInSeconds = 3600 }) {
			const { kid, privateKey } = signingKey();
			const iat = Math.floor(clock.now() / 1000);
			const claims = {
				iss: issuer,
				sub,
				aud: audience,
				scope,
				iat,
				exp: iat + expiresInSeconds,
				jti: newId(),
			};
			return signToken(claims, kid, privateKey);
		},
	};
}

type SigningKey = ReturnType<typeof makeSigningKey>;

function makeSigningKey(kid: string) {
	const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
	const { n = '', e = '' } = publicKey.export({ format: 'jwk' });
	return { kid, privateKey, publicJwk: { kty: 'RSA', kid, use: 'sig', alg: 'RS256', n, e } };
}
