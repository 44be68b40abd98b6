import { compactVerify, createLocalJWKSet, decodeProtectedHeader, errors, type JSONWebKeySet } from 'jose';
import * as Type from 'typebox';
import * as Value from 'typebox/value';

/** A route's requirements for a token. */
export interface JwtRequirement {
	readonly issuer: string;
	/** The token must name one of them in `aud` or, without `aud`, in `client_id`. */
	readonly audience: readonly string[];
	/** The token must grant one of them; an empty list accepts every valid token. */
	readonly scopes: readonly string[];
}

/** A token as a function finds it under `requestContext.authorizer.jwt`. */
export interface VerifiedToken {
	readonly claims: Readonly<Record<string, string>>;
	/** Null if the token has neither `scope` nor `scp`. */
	readonly scopes: readonly string[] | null;
}

/** The authorizer's decision; a challenge is the value of `www-authenticate`. */
export type Authorization =
	| { readonly outcome: 'allowed'; readonly token: VerifiedToken }
	| { readonly outcome: 'unauthorized' | 'forbidden'; readonly challenge: string };

/** Decides on the value of the `Authorization` header, `undefined` if it is missing. */
export type JwtAuthorizer = (
	authorization: string | undefined,
	requirement: JwtRequirement,
) => Promise<Authorization>;

type Claims = Readonly<Record<string, unknown>>;

/** The algorithms that HTTP APIs support. */
const ALGORITHMS = ['RS256', 'RS384', 'RS512'];

const OneOrMore = Type.Union([Type.String(), Type.Array(Type.String())]);

/** The claims that an HTTP API reads, in the types of RFC 7519; times are epoch seconds. */
const ReadClaims = Type.Object({
	iss: Type.String(),
	exp: Type.Number(),
	nbf: Type.Optional(Type.Number()),
	iat: Type.Optional(Type.Number()),
	aud: Type.Optional(OneOrMore),
	client_id: Type.Optional(Type.String()),
	scope: Type.Optional(OneOrMore),
	scp: Type.Optional(OneOrMore),
});

/**
 * Creates an HTTP API's JWT authorizer. `keysOf` returns the public keys of an issuer, `now` epoch milliseconds.
 * Rules: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html
 */
export function createJwtAuthorizer(
	keysOf: (issuer: string) => Promise<JSONWebKeySet>,
	now: () => number,
): JwtAuthorizer {
	return async (authorization = '', requirement) => {
		// The header may contain the token without a scheme.
		const token = authorization.replace(/^bearer +/i, '');
		if (token === '') return { outcome: 'unauthorized', challenge: 'Bearer' };
		const verified = await verifySignature(token, await keysOf(requirement.issuer));
		if ('fault' in verified) return refuse(requirement, verified.fault);
		const { claims } = verified;
		const fault = findClaimFault(claims, requirement, now() / 1000);
		if (fault !== undefined) return refuse(requirement, fault);
		const scopes = scopesOf(claims);
		const { scopes: required } = requirement;
		if (required.length > 0 && !required.some((scope) => scopes?.includes(scope)))
			return { outcome: 'forbidden', challenge: challenge(requirement, 'insufficient_scope') };
		return { outcome: 'allowed', token: { claims: printClaims(claims), scopes } };
	};
}

/** Returns the claims of a correctly signed token, or the fault in the words of `error_description`. */
async function verifySignature(
	token: string,
	keys: JSONWebKeySet,
): Promise<{ readonly claims: Claims } | { readonly fault: string }> {
	const malformed = { fault: 'token contains an invalid number of segments' };
	if (!token.split('.').every(isCanonicalBase64Url)) return malformed;
	try {
		const { kid, alg = '' } = decodeProtectedHeader(token);
		if (!ALGORITHMS.includes(alg)) return { fault: `signing method ${alg.replace(/\W/g, '')} is invalid` };
		// AWS selects the key by `kid`; jose would accept a token without one.
		if (kid === undefined) return { fault: 'no key of the issuer has signed the token' };
		const { payload } = await compactVerify(token, createLocalJWKSet(keys), { algorithms: ALGORITHMS });
		const claims: unknown = JSON.parse(new TextDecoder().decode(payload));
		return Value.Check(Type.Record(Type.String(), Type.Unknown()), claims) && !Array.isArray(claims)
			? { claims }
			: malformed;
	} catch (error) {
		if (error instanceof errors.JOSENotSupported) return { fault: 'the token has a critical extension' };
		if (error instanceof errors.JWSSignatureVerificationFailed) return { fault: 'signature is invalid' };
		if (error instanceof errors.JWSInvalid || !(error instanceof errors.JOSEError)) return malformed;
		return { fault: 'no key of the issuer has signed the token' };
	}
}

/** Rejects other spellings of the same bytes, so that every token has exactly one form. */
function isCanonicalBase64Url(part: string): boolean {
	return Buffer.from(part, 'base64url').toString('base64url') === part;
}

/** Returns the first fault of the claims, in the words of `error_description`. */
function findClaimFault(claims: Claims, expected: JwtRequirement, nowSeconds: number): string | undefined {
	if (!Value.Check(ReadClaims, claims)) return 'the token has malformed claims';
	if (claims.iss !== expected.issuer) return 'issuer does not match';
	const audience = [claims.aud ?? claims.client_id ?? []].flat();
	if (!audience.some((one) => expected.audience.includes(one)))
		return 'the token does not have a valid audience';
	if (claims.exp <= nowSeconds) return 'the token has expired';
	if ((claims.nbf ?? 0) > nowSeconds) return 'the token is not valid yet';
	if ((claims.iat ?? 0) > nowSeconds) return 'the token was issued in the future';
	return undefined;
}

/** Returns the scopes of `scope` or else of `scp`, each a text or a list; null without either. */
function scopesOf(claims: Claims): readonly string[] | null {
	const granted = claims['scope'] ?? claims['scp'];
	return Value.Check(OneOrMore, granted) ? [granted].flat().flatMap((scopes) => scopes.split(' ')) : null;
}

/** Prints every claim as text, as HTTP APIs do: a list becomes `[a b]`. */
function printClaims(claims: Claims): Record<string, string> {
	return Object.fromEntries(Object.entries(claims).map(([name, value]) => [name, printClaim(value)]));
}

function printClaim(value: unknown): string {
	if (Array.isArray(value)) return `[${value.map(printClaim).join(' ')}]`;
	if (typeof value !== 'object' || value === null) return String(value);
	const members = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
	return `map[${members.map(([name, member]) => `${name}:${printClaim(member)}`).join(' ')}]`;
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
