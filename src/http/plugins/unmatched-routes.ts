import type { FastifyInstance } from 'fastify';
import { ProblemError } from '../problems/problem.ts';

interface KnownRoute {
	readonly segments: readonly string[];
	readonly methods: readonly string[];
}

/**
 * Responds to requests without a route before their body is read: 404 for an unknown path, 405 with `Allow` for another
 * method, 204 with `Allow` for `OPTIONS`. API Gateway answers CORS preflights itself.
 */
export function registerUnmatchedRoutes(app: FastifyInstance): void {
	const routes: KnownRoute[] = [];
	app.addHook('onRoute', ({ url, method }) => {
		routes.push({ segments: url.split('/'), methods: [method].flat() });
	});
	app.addHook('onRequest', async ({ is404, method, url }, reply) => {
		if (!is404) return undefined;
		const allowed = allowedMethods(routes, url);
		if (allowed.length === 0) throw new ProblemError('not-found', 'No route matches this path.');
		reply.header('allow', allowed.join(', '));
		if (method === 'OPTIONS') return reply.code(204).send();
		throw new ProblemError('method-not-allowed', `This path supports ${allowed.join(', ')}.`);
	});
}

function allowedMethods(routes: readonly KnownRoute[], url: string): readonly string[] {
	const [path = ''] = url.split('?', 1);
	const segments = path.split('/');
	const methods = routes
		.filter((route) => matches(route.segments, segments))
		.flatMap((route) => route.methods);
	return [...new Set(methods)].toSorted();
}

function matches(template: readonly string[], segments: readonly string[]): boolean {
	return (
		template.length === segments.length &&
		template.every((segment, index) =>
			segment.startsWith(':') ? segments[index] !== '' : segment === segments[index],
		)
	);
}
