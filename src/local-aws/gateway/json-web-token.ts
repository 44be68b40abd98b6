import { type KeyObject, sign, verify } from 'node:crypto';
import * as Type from 'typebox';
import * as Value from 'typebox/value';

const Header = Type.Object({
	alg: Type.String(),
	kid: Type.Optional(Type.String()),
	/** Extensions that a reader must know (RFC 7515, 4.1.11); nothing here knows any. */
	crit: Type.Optional(Type.Unknown()),
});

const Claims = Type.Record(Type.String(), Type.Unknown());

/** A token taken apart, and not believed yet. */
export interface DecodedToken {
	readonly header: Type.Static<typeof Header>;
	readonly claims: Readonly<Record<string, unknown>>;
	/** The text that the signature is over. */
	readonly signed: string;
	readonly signature: Buffer;
}

/** The algorithms that HTTP APIs take, and Node's names of them. */
const DIGESTS: ReadonlyMap<string, string> = new Map([
	['RS256', 'RSA-SHA256'],
	['RS384', 'RSA-SHA384'],
	['RS512', 'RSA-SHA512'],
]);

/** The parts of a compact JWS (RFC 7515); undefined where it is none. */
export function decodeToken(token: string): DecodedToken | undefined {
	const [header, claims, signature, ...more] = token.split('.');
	if (header === undefined || claims === undefined || signature === undefined || more.length > 0)
		return undefined;
	const decodedHeader = decodeJson(header);
	const decodedClaims = decodeJson(claims);
	const decodedSignature = decodeBase64Url(signature);
	if (!Value.Check(Header, decodedHeader) || !Value.Check(Claims, decodedClaims)) return undefined;
	if (decodedSignature === undefined) return undefined;
	return {
		header: decodedHeader,
		claims: decodedClaims,
		signed: `${header}.${claims}`,
		signature: decodedSignature,
	};
}

/** Whether the key made the signature, by one of the RSA algorithms that HTTP APIs take. */
export function isSignedBy({ header, signed, signature }: DecodedToken, key: KeyObject): boolean {
	const digest = DIGESTS.get(header.alg);
	return digest !== undefined && verify(digest, Buffer.from(signed), key, signature);
}

/** Whether HTTP APIs take the algorithm at all: neither `none` nor any with a shared secret. */
export function isSupportedAlgorithm(algorithm: string): boolean {
	return DIGESTS.has(algorithm);
}

/** A token of the claims, signed by RS256. */
export function signToken(claims: object, kid: string, privateKey: KeyObject): string {
	const signed = `${encodeJson({ alg: 'RS256', typ: 'JWT', kid })}.${encodeJson(claims)}`;
	return `${signed}.${sign('RSA-SHA256', Buffer.from(signed), privateKey).toString('base64url')}`;
}

function encodeJson(value: object): string {
	return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function decodeJson(text: string): unknown {
	try {
		return JSON.parse(decodeBase64Url(text)?.toString('utf8') ?? '');
	} catch {
		return undefined;
	}
}

/** Strict: other spellings of the same bytes are refused, so that a token can be written in one way only. */
function decodeBase64Url(text: string): Buffer | undefined {
	const bytes = Buffer.from(text, 'base64url');
	return bytes.toString('base64url') === text ? bytes : undefined;
}
