import type { FastifyInstance } from 'fastify';
import { ProblemError } from '../problems/problem.ts';

/** RFC 9110, 4.1 wants 8,000 at least; HTTP APIs end at 10,240 with all headers. */
const MAX_URL_CHARACTERS = 8192;

/**
 * Each thing has one address: a path with an empty segment is another one, also where a parameter could be empty, and a
 * query that a route declares is all that it takes. Routes that declare none ignore what stands there.
 */
export function registerAddress(app: FastifyInstance): void {
	app.addHook('onRoute', ({ method, url, schema }) => {
		const query: unknown = schema?.querystring;
		if (query !== undefined && Object(query).additionalProperties !== false)
			throw new Error(`The query of ${String(method)} ${url} takes members that it does not declare.`);
	});
	app.addHook('onRequest', async (request) => {
		if (request.url.length > MAX_URL_CHARACTERS)
			throw new ProblemError('bad-request', `The URL is above ${MAX_URL_CHARACTERS} characters.`);
		const [, ...segments] = pathOf(request).split('/');
		if (segments.includes('')) throw new ProblemError('not-found', 'There is nothing at this path.');
	});
}
/** The path that was asked for, as a URI: a stray `%` is one of the things a client may have sent. */
export function pathOf({ url }: { readonly url: string }): string {
	return (url.split('?', 1)[0] ?? '/').replaceAll(/%(?![0-9a-fA-F]{2})/g, '%25');
}
