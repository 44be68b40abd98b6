import type { FastifyInstance, FastifyRequest } from 'fastify';
import { ProblemError } from '../problems/problem.ts';

/** Scopes that routes require. */
export const SCOPES = ['tasks:read', 'tasks:write', 'webhooks:write', 'schedules:write'] as const;

/** A scope that a route requires. */
export type Scope = (typeof SCOPES)[number];

/** Routes without a caller: open to all, or guarded by a token of ours. */
type Exempt = 'public' | 'callback-token' | 'approval-token';

/** The caller, as the gateway's authorizer has verified it. */
export interface Caller {
	readonly principal: string;
	readonly scopes: readonly string[];
}

/** Returns the caller of a request, or `undefined` if the request has no verified identity. */
export type FindCaller = (request: FastifyRequest) => Caller | undefined;

declare module 'fastify' {
	interface FastifyRequest {
		/** The verified principal. Empty on routes without one. */
		principal: string;
		/** Whether the caller has the scope `tasks:write`. */
		mayWrite: boolean;
	}
	interface FastifyContextConfig {
		/** The scope that the route requires. A route without it fails at start. */
		access?: Scope | Exempt;
	}
}

/** The principal is part of DynamoDB keys, limited to 1,024 bytes. OpenID Connect limits `sub` to 255 characters. */
const MAX_PRINCIPAL_BYTES = 512;

/**
 * Denies by default: a route without `access` fails at start, a caller without its scope gets 403.
 * @param scopeNames maps scopes to their names in tokens, for the response to a caller that lacks one.
 */
export function registerPrincipal(
	app: FastifyInstance,
	findCaller: FindCaller,
	scopeNames: Readonly<Partial<Record<Scope, string>>> = {},
): void {
	app.decorateRequest('principal', '');
	app.decorateRequest('mayWrite', false);
	app.addHook('onRoute', ({ method, url, config }) => {
		if (config?.access === undefined)
			throw new Error(`The route ${String(method)} ${url} must set config.access.`);
	});
	app.addHook('onRequest', async (request) => {
		const { access: required } = request.routeOptions.config;
		const access = SCOPES.find((scope) => scope === required);
		if (access === undefined) return;
		const caller = findCaller(request);
		if (caller === undefined) throw new ProblemError('unauthorized', 'Send a valid bearer token.');
		rejectLongPrincipal(caller.principal);
		if (!caller.scopes.includes(access)) throw missingScope(scopeNames[access] ?? access);
		request.principal = caller.principal;
		request.mayWrite = caller.scopes.includes('tasks:write');
	});
}

function rejectLongPrincipal(principal: string): void {
	if (Buffer.byteLength(principal) <= MAX_PRINCIPAL_BYTES) return;
	throw new ProblemError('unauthorized', `The principal in the token exceeds ${MAX_PRINCIPAL_BYTES} bytes.`, {
		challenge: 'Bearer error="invalid_token"',
	});
}

/** RFC 6750, 3.1. */
function missingScope(scope: string): ProblemError {
	return new ProblemError('forbidden', `Missing scope \`${scope}\`.`, {
		challenge: `Bearer error="insufficient_scope", scope="${scope}"`,
	});
}
