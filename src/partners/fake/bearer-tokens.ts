import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { parsePartnerTokens } from '../partner-tokens.ts';

/** The source of the accepted tokens. */
export interface BearerTokens {
	/** Reads the text of the secret, which is `PartnerTokens` as JSON; `fresh` bypasses the cache. */
	readonly readTokens: (options?: { readonly fresh: boolean }) => Promise<string>;
	readonly now: () => number;
}

/** A refused token makes the secret be read again, at most this often, so that guessing does not cost a call each time. */
const REREAD_AFTER_MS = 1000;

/** Creates a check of bearer tokens against the current and the previous one. A rotation takes effect with the first refusal. */
export function createTokenCheck({ readTokens, now }: BearerTokens): (bearer: string) => Promise<boolean> {
	let rereadAtMs = Number.NEGATIVE_INFINITY;
	return async (bearer) => {
		if (isOneOf(parsePartnerTokens(await readTokens()), bearer)) return true;
		if (now() - rereadAtMs < REREAD_AFTER_MS) return false;
		rereadAtMs = now();
		return isOneOf(parsePartnerTokens(await readTokens({ fresh: true })), bearer);
	};
}

/** Rejects requests without a valid token before their body is read. */
export function requireBearerToken(
	scope: FastifyInstance,
	isValidToken: (bearer: string) => Promise<boolean>,
): void {
	scope.addHook('onRequest', async ({ headers }, reply) => {
		const [, bearer] = /^bearer ([^\s,]+)$/i.exec(headers.authorization ?? '') ?? [];
		if (bearer !== undefined && (await isValidToken(bearer))) return undefined;
		reply.code(401).header('www-authenticate', 'Bearer');
		return reply.send({ error: 'Missing or invalid bearer token.' });
	});
}

/** Compares the hashes with both tokens, so that the time taken reveals neither content nor length. */
function isOneOf({ current, previous }: { current: string; previous?: string }, bearer: string): boolean {
	const isCurrent = timingSafeEqual(hash(current), hash(bearer));
	const isPrevious = timingSafeEqual(hash(previous ?? current), hash(bearer));
	return isCurrent || isPrevious;
}

function hash(text: string): Buffer {
	return createHash('sha256').update(text).digest();
}
