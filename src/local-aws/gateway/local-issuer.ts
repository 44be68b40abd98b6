import { exportJWK, generateKeyPair, type JSONWebKeySet, SignJWT } from 'jose';
import type { Clock } from '../clock.ts';

/** An OpenID issuer that signs any claims. */
export interface LocalIssuer {
	/** Default `iss` and `aud` of its tokens. */
	readonly issuer: string;
	readonly audience: string;
	/** Returns the public key. */
	jwks(): Promise<JSONWebKeySet>;
	/** Signs the claims; `iss`, `aud`, `iat`, `exp` and `jti` have defaults, which `null` removes. */
	issue(claims: Readonly<Record<string, unknown>>, expiresInSeconds?: number): Promise<string>;
}

/** Settings of an issuer. */
export interface LocalIssuerOptions {
	readonly clock: Pick<Clock, 'now'>;
	/** Creates the IDs of the key and of the tokens. */
	readonly newId: () => string;
	readonly issuer: string;
	readonly audience: string;
}

const DEFAULT_LIFETIME_SECONDS = 3600;

/** Creates an issuer whose key lives as long as the process: tokens do not survive a restart. */
export function createLocalIssuer({ clock, newId, issuer, audience }: LocalIssuerOptions): LocalIssuer {
	let key: ReturnType<typeof createSigningKey> | undefined;
	// Generating an RSA key takes 0.1 s and more, so it waits for the first token.
	const signingKey = () => (key ??= createSigningKey(newId()));
	return {
		issuer,
		audience,
		jwks: async () => ({ keys: [(await signingKey()).publicJwk] }),
		async issue(given, expiresInSeconds = DEFAULT_LIFETIME_SECONDS) {
			const { privateKey, kid } = await signingKey();
			const iat = Math.floor(clock.now() / 1000);
			const defaults = { iss: issuer, aud: audience, iat, exp: iat + expiresInSeconds, jti: newId() };
			const claims = Object.entries({ ...defaults, ...given }).filter(([, value]) => value !== null);
			return new SignJWT(Object.fromEntries(claims))
				.setProtectedHeader({ alg: 'RS256', typ: 'JWT', kid })
				.sign(privateKey);
		},
	};
}

async function createSigningKey(kid: string) {
	const { publicKey, privateKey } = await generateKeyPair('RS256');
	const publicJwk = { ...(await exportJWK(publicKey)), kid, use: 'sig', alg: 'RS256' };
	return { kid, privateKey, publicJwk };
}
