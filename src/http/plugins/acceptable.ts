import type { FastifyInstance } from 'fastify';
import { ProblemError } from '../problems/problem.ts';
import { readWeights } from '../requests/weights.ts';

declare module 'fastify' {
	interface FastifyContextConfig {
		/** What the route answers where it is not JSON. */
		mediaType?: 'text/html';
	}
}

/** Refuses a client whose `Accept` admits neither what the route answers nor problems, before anything is done for it. */
export function registerAcceptable(app: FastifyInstance): void {
	app.addHook('onRequest', async ({ headers: { accept }, routeOptions: { config }, is404 }) => {
		if (accept === undefined || accept.trim() === '' || is404) return;
		const { mediaType = 'application/json' } = config;
		if (weightOf(accept, mediaType) === 0 && weightOf(accept, 'application/problem+json') === 0)
			throw new ProblemError('not-acceptable', `The answer is ${mediaType}.`);
	});
}

/** The most specific range decides, whatever its place: RFC 9110, 12.5.1. */
function weightOf(accept: string, mediaType: string): number {
	const weights = readWeights(accept);
	return weights.get(mediaType) ?? weights.get(`${mediaType.split('/', 1)[0]}/*`) ?? weights.get('*/*') ?? 0;
}
