import type { FastifyInstance, FastifyReply } from 'fastify';

/**
 * Default headers of every response, including problems. A route may override them.
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

/** Sets the security headers first, so that every later failure has them. */
export function registerSecurityHeaders(app: FastifyInstance): void {
	app.addHook('onRequest', async (_request, reply) => setSecurityHeaders(reply));
}

/** Sets the security headers of one response. */
export function setSecurityHeaders(reply: FastifyReply): void {
	reply.headers(HEADERS);
}
