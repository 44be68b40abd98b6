import { findSigningKey, type JsonWebKeySet } from './json-web-key-set.ts';
import { type DecodedToken, decodeToken, isSignedBy, isSupportedAlgorithm } from './json-web-token.ts';
import { type ExpectedClaims, findClaimFault, printClaims, scopesOf } from './token-claims.ts';

/** What a route asks of a token. */
export interface JwtRequirement extends ExpectedClaims {
	/** One of these is enough; with none, any valid token will do. */
	readonly scopes: readonly string[];
}

/** A token as a function finds it under `requestContext.authorizer.jwt`. */
export interface VerifiedToken {
	readonly claims: Readonly<Record<string, string>>;
	/** Null where the token names no scopes. */
	readonly scopes: readonly string[] | null;
}

/** What the authorizer makes of a request; a challenge is the value of `www-authenticate`. */
export type Authorization =
	| { readonly outcome: 'allowed'; readonly token: VerifiedToken }
	| { readonly outcome: 'unauthorized' | 'forbidden'; readonly challenge: string };

/** Decides on the value of the header `Authorization`, undefined where there is none. */
export type JwtAuthorizer = (
	authorization: string | undefined,
	requirement: JwtRequirement,
) => Promise<Authorization>;

/**
 * An HTTP API's JWT authorizer.
 * Rules: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html
 */
export function createJwtAuthorizer(
	keysOf: (issuer: string) => Promise<JsonWebKeySet>,
	now: () => number,
): JwtAuthorizer {
	const findFault = async (token: DecodedToken, requirement: JwtRequirement) =>
		findSignatureFault(token, await keysOf(requirement.issuer)) ??
		findClaimFault(token.claims, requirement, now() / 1000);

	return async (authorization = '', requirement) => {
		// The header may be the token alone, with no scheme before it.
		const text = authorization.replace(/^bearer +/i, '');
		if (text === '') return { outcome: 'unauthorized', challenge: 'Bearer' };
		const token = decodeToken(text);
		if (token === undefined) return refuse(requirement, 'token contains an invalid number of segments');
		const fault = await findFault(token, requirement);
		if (fault !== undefined) return refuse(requirement, fault);
		const scopes = scopesOf(token.claims);
		if (!grantsOneOf(requirement.scopes, scopes ?? [])) {
			return { outcome: 'forbidden', challenge: challenge(requirement, 'insufficient_scope') };
		}
		return { outcome: 'allowed', token: { claims: printClaims(token.claims), scopes } };
	};
}

function findSignatureFault(token: DecodedToken, keys: JsonWebKeySet): string | undefined {
	const { alg, kid, crit } = token.header;
	if (!isSupportedAlgorithm(alg)) return `signing method ${alg.replace(/\W/g, '')} is invalid`;
	if (crit !== undefined) return 'the token has a critical extension';
	const key = kid === undefined ? undefined : findSigningKey(keys, { alg, kid });
	if (key === undefined) return 'no key of the issuer has signed the token';
	return isSignedBy(token, key) ? undefined : 'signature is invalid';
}

function grantsOneOf(required: readonly string[], granted: readonly string[]): boolean {
	return required.length === 0 || required.some((scope) => granted.includes(scope));
}

function refuse(requirement: JwtRequirement, description: string): Authorization {
	return {
		outcome: 'unauthorized',
		challenge: `${challenge(requirement, 'invalid_token')} error_description="${description}"`,
	};
}

function challenge({ scopes }: JwtRequirement, error: string): string {
	return `Bearer scope="${scopes.join(' ')}" error="${error}"`;
}
