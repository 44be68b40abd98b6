import type { FastifyInstance } from 'fastify';

/** The methods that a path takes; none where no route has it. */
export type MethodsOfPath = (path: string) => readonly string[];

/** Keeps account of the routes registered after it: Fastify finds a route by its pattern, not by a client's path. */
export function registerRouteMethods(app: FastifyInstance): MethodsOfPath {
	const routes: { readonly segments: readonly string[]; readonly methods: readonly string[] }[] = [];
	app.addHook('onRoute', ({ url, method }) => {
		const methods = [method].flat().filter((name) => name !== 'OPTIONS');
		if (methods.length > 0) routes.push({ segments: url.split('/'), methods });
	});
	return (path) => {
		const parts = path.split('/');
		const methods = routes
			.filter(({ segments }) => fits(segments, parts))
			.flatMap((route) => [...route.methods]);
		return [...new Set(methods)].toSorted();
	};
}

function fits(segments: readonly string[], parts: readonly string[]): boolean {
	return (
		segments.length === parts.length &&
		segments.every((segment, index) =>
			segment.startsWith(':') ? parts[index] !== '' : segment === parts[index],
		)
	);
}
