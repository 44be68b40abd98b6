import type { FastifyInstance, FastifyRequest } from 'fastify';
import { ProblemError } from '../problems/problem.ts';

/** What a token may allow. */
export const SCOPES = ['tasks:read', 'tasks:write'] as const;

export type Scope = (typeof SCOPES)[number];

/** Routes that need no principal: open to all, or guarded by a callback token. */
type Exempt = 'public' | 'callback-token';

/** Who calls, as the gateway has verified it. */
export interface Caller {
	readonly principal: string;
	readonly scopes: readonly string[];
}

/** The caller of a request, or undefined where the gateway has verified nobody. */
export type FindCaller = (request: FastifyRequest) => Caller | undefined;

declare module 'fastify' {
	interface FastifyRequest {
		/** `sub` of the verified token; empty on a route open to all. */
		principal: string;
	}
	interface FastifyContextConfig {
		/** Whether the route takes a request without a body as one with an empty object. */
		optionalBody?: boolean;
		/** Who may call the route. Every route says so: one that does not is refused when the app starts. */
		access?: Scope | Exempt;
	}
}

/** Denies by default: a route without its `access` does not start, a caller without its scope does not enter. */
export function registerPrincipal(app: FastifyInstance, findCaller: FindCaller): void {
	app.decorateRequest('principal', '');
	app.addHook('onRoute', ({ method, url, config }) => {
		if (config?.access === undefined)
			throw new Error(`The route ${String(method)} ${url} does not say who may call it.`);
	});
	app.addHook('onRequest', async (request) => {
		const { access } = request.routeOptions.config;
		if (access === undefined || access === 'public' || access === 'callback-token') return;
		const caller = findCaller(request);
		if (caller === undefined) throw new ProblemError('unauthorized', 'This needs a valid bearer token.');
		if (!caller.scopes.includes(access))
			throw new ProblemError('forbidden', `This needs the scope ${access}.`);
		request.principal = caller.principal;
	});
}
