import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { ProblemError } from '../problems/problem.ts';
import { pathOf } from './address.ts';
import type { MethodsOfPath } from './route-methods.ts';
import { addVary } from './vary.ts';

/** Whose pages may read answers: everybody's, or those of these origins. */
export type AllowedOrigins = '*' | readonly string[];

/** The request headers that a page may send besides those that need no leave. */
const ALLOWED_HEADERS =
	'content-type, content-encoding, authorization, idempotency-key, prefer, if-none-match, traceparent';

/** The answer's headers that a page may read besides those that need no leave. */
const EXPOSED_HEADERS =
	'location, retry-after, etag, idempotency-replayed, preference-applied, link, allow, accept-encoding';

/** Seconds for which a browser keeps the answer to a preflight; Chromium keeps none for longer. */
const PREFLIGHT_SECONDS = 7200;

/** The stage's parameter: `*`, or origins with commas between them. */
export function parseAllowedOrigins(text: string): AllowedOrigins {
	return text.trim() === '*' ? '*' : text.split(',').map((origin) => origin.trim());
}

/**
 * Lets pages of other origins use the API, without credentials. Only the app does this: an HTTP API that has CORS of its
 * own overwrites these headers, and knows one list of methods for all paths. What the authorizer refuses never comes here:
 * to a page, a 401 of the gateway is a network error.
 * Rules: https://fetch.spec.whatwg.org/#http-cors-protocol
 */
export function registerCors(
	app: FastifyInstance,
	allowedOrigins: AllowedOrigins,
	methodsOf: MethodsOfPath,
): void {
	app.addHook('onRequest', async (request, reply) => setCorsHeaders(request, reply, allowedOrigins));
	app.route({
		method: 'OPTIONS',
		url: '*',
		config: { access: 'public' },
		schema: { hide: true },
		async handler(request, reply) {
			const methods = methodsOf(pathOf(request));
			if (methods.length === 0) throw new ProblemError('not-found', 'There is nothing at this path.');
			reply.code(204).header('allow', methods.join(', '));
			if (isPreflight(request) && reply.hasHeader('access-control-allow-origin')) {
				reply
					.removeHeader('access-control-expose-headers')
					.header('access-control-allow-methods', methods.join(', '))
					.header('access-control-allow-headers', ALLOWED_HEADERS)
					.header('access-control-max-age', String(PREFLIGHT_SECONDS));
			}
			return reply.send();
		},
	});
}

/** Says whether the page that asked may read the answer. A foreign one is told nothing, and its browser refuses it. */
export function setCorsHeaders(
	request: FastifyRequest,
	reply: FastifyReply,
	allowedOrigins: AllowedOrigins,
): void {
	const origin = allowedOrigin(request, reply, allowedOrigins);
	if (origin === undefined) return;
	reply
		.header('access-control-allow-origin', origin)
		.header('access-control-expose-headers', EXPOSED_HEADERS);
}

function allowedOrigin(
	{ headers: { origin } }: FastifyRequest,
	reply: FastifyReply,
	allowedOrigins: AllowedOrigins,
): string | undefined {
	if (allowedOrigins === '*') return '*';
	addVary(reply, 'origin');
	return origin !== undefined && allowedOrigins.includes(origin) ? origin : undefined;
}

function isPreflight({ headers }: FastifyRequest): boolean {
	return headers.origin !== undefined && headers['access-control-request-method'] !== undefined;
}
