import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { parsePartnerTokens } from '../partner-tokens.ts';

export interface BearerTokens {
	/** The secret whose text is `PartnerTokens`; `fresh` asks for it again. */
	readonly readTokens: (options?: { readonly fresh: boolean }) => Promise<string>;
	readonly now: () => number;
}

/** A refused token has the secret read again, but no more often than this: who guesses must not cost us a call each. */
const REREAD_AFTER_MS = 1000;

/** Whether a bearer token is the current or the previous one. A rotation takes hold with the first token it would refuse. */
export function createTokenCheck({ readTokens, now }: BearerTokens): (bearer: string) => Promise<boolean> {
	let rereadAtMs = Number.NEGATIVE_INFINITY;
	return async (bearer) => {
		if (isOneOf(parsePartnerTokens(await readTokens()), bearer)) return true;
		if (now() - rereadAtMs < REREAD_AFTER_MS) return false;
		rereadAtMs = now();
		return isOneOf(parsePartnerTokens(await readTokens({ fresh: true })), bearer);
	};
}

/** Lets only requests with a valid token into this scope, before anything of them is read. */
export function requireBearerToken(
	scope: FastifyInstance,
	isValidToken: (bearer: string) => Promise<boolean>,
): void {
	scope.addHook('onRequest', async ({ headers }, reply) => {
		const [, bearer] = /^bearer ([^\s,]+)$/i.exec(headers.authorization ?? '') ?? [];
		if (bearer !== undefined && (await isValidToken(bearer))) return undefined;
		reply.code(401).header('www-authenticate', 'Bearer');
		return reply.send({ error: 'This needs a valid bearer token.' });
	});
}

/** Compares with every token there is, and hashes, so that the time it takes says nothing of them nor of their length. */
function isOneOf({ current, previous }: { current: string; previous?: string }, bearer: string): boolean {
	const isCurrent = timingSafeEqual(hash(current), hash(bearer));
	const isPrevious = timingSafeEqual(hash(previous ?? current), hash(bearer));
	return isCurrent || isPrevious;
}

function hash(text: string): Buffer {
	return createHash('sha256').update(text).digest();
}
