import * as Type from 'typebox';
import * as Value from 'typebox/value';

const OneOrMore = Type.Union([Type.String(), Type.Array(Type.String())]);

/** The claims that an HTTP API reads, in the types that RFC 7519 gives them; times are seconds. */
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

type Claims = Readonly<Record<string, unknown>>;

/** Whose tokens are taken, and for whom they must be. */
export interface ExpectedClaims {
	readonly issuer: string;
	readonly audience: readonly string[];
}

/** The first thing that is wrong with the claims, if any, in the words of `error_description`. */
export function findClaimFault(
	claims: Claims,
	expected: ExpectedClaims,
	nowSeconds: number,
): string | undefined {
	if (!Value.Check(ReadClaims, claims)) return 'the token has malformed claims';
	if (claims.iss !== expected.issuer) return 'issuer does not match';
	const audience = listOf(claims.aud ?? claims.client_id);
	if (!audience.some((one) => expected.audience.includes(one)))
		return 'the token does not have a valid audience';
	if (claims.exp <= nowSeconds) return 'the token has expired';
	if ((claims.nbf ?? 0) > nowSeconds) return 'the token is not valid yet';
	if ((claims.iat ?? 0) > nowSeconds) return 'the token was issued in the future';
	return undefined;
}

/** The scopes that the token grants; null where it names none, as HTTP APIs have it. */
export function scopesOf(claims: Claims): readonly string[] | null {
	const granted = claims['scope'] ?? claims['scp'];
	return Value.Check(OneOrMore, granted) ? listOf(granted).flatMap((scopes) => scopes.split(' ')) : null;
}

/** Every claim as a string: HTTP APIs print what is none, and lists look like `[a b]`. */
export function printClaims(claims: Claims): Record<string, string> {
	return Object.fromEntries(Object.entries(claims).map(([name, value]) => [name, printClaim(value)]));
}

function printClaim(value: unknown): string {
	if (Array.isArray(value)) return `[${value.map(printClaim).join(' ')}]`;
	if (typeof value !== 'object' || value === null) return String(value);
	const members = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
	return `map[${members.map(([name, member]) => `${name}:${printClaim(member)}`).join(' ')}]`;
}

function listOf(value: string | readonly string[] | undefined): readonly string[] {
	if (value === undefined) return [];
	return typeof value === 'string' ? [value] : value;
}
