import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance } from 'fastify';

/** The tokens that are taken; `fresh` where one that is none of them may be new. */
export type ReadTokens = (options?: { readonly fresh: boolean }) => Promise<readonly string[]>;

/** Lets in who carries one of the tokens. Each is compared in constant time, and all of them whichever it is. */
export function registerBearerTokens(app: FastifyInstance, readTokens: ReadTokens): void {
	app.addHook('onRequest', async ({ headers: { authorization } }, reply) => {
		const [, given] = /^bearer +(\S+)$/i.exec(authorization ?? '') ?? [];
		if (given !== undefined) {
			if (isOneOf(await readTokens(), given)) return;
			if (isOneOf(await readTokens({ fresh: true }), given)) return;
		}
		return reply
			.code(401)
			.header('www-authenticate', 'Bearer')
			.send({ statusCode: 401, error: 'Unauthorized', message: 'This needs a valid bearer token.' });
	});
}

function isOneOf(tokens: readonly string[], given: string): boolean {
	return tokens.filter((token) => token !== '' && timingSafeEqual(digest(token), digest(given))).length > 0;
}

/** Of one length, whatever the token's is. */
function digest(token: string): Buffer {
	return createHash('sha256').update(token).digest();
}
