import type { FastifyInstance, FastifyReply } from 'fastify';

/**
 * What every answer says, problems too, unless its route says otherwise: over TLS only, not to be guessed at, not to be
 * kept, not to be drawn into another site's page. CORS is apart: a page that it allows is not hindered by these.
 * Source: https://cheatsheetseries.owasp.org/cheatsheets/REST_Security_Cheat_Sheet.html#security-headers
 */
const HEADERS = {
	'strict-transport-security': 'max-age=63072000; includeSubDomains',
	'x-content-type-options': 'nosniff',
	'referrer-policy': 'no-referrer',
	'cross-origin-resource-policy': 'same-origin',
	'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
	'cache-control': 'no-store',
} as const;

/** Before anything can fail, so that a failure carries them too. */
export function registerSecurityHeaders(app: FastifyInstance): void {
	app.addHook('onRequest', async (_request, reply) => setSecurityHeaders(reply));
}

export function setSecurityHeaders(reply: FastifyReply): void {
	reply.headers(HEADERS);
}
