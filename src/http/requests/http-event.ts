import { METHODS } from 'node:http';
import * as Type from 'typebox';
import { matches } from '../../parse.ts';
import type { InvocationContext } from '../../tasks/invocation-signal.ts';

declare module 'fastify' {
	interface FastifyRequest {
		/** The invocation behind a request, which a client cannot forge. Set by `@fastify/aws-lambda`. */
		readonly awsLambda: { readonly event: unknown; readonly context: InvocationContext };
	}
}

/** The members of an HTTP API's event that `@fastify/aws-lambda` does not hand to the app. */
const HttpEvent = Type.Object({
	rawPath: Type.String(),
	requestContext: Type.Object({ http: Type.Object({ path: Type.String(), method: Type.String() }) }),
});

const SUPPORTED_METHODS: ReadonlySet<string> = new Set(METHODS);

/**
 * Replaces a method that Node does not know, which `light-my-request` rejects, by one that no route has. The app then
 * responds with 404 or 405.
 */
export function withSupportedMethod(event: unknown): unknown {
	if (!matches(HttpEvent, event)) return event;
	const { requestContext } = event;
	if (SUPPORTED_METHODS.has(requestContext.http.method)) return event;
	return {
		...event,
		requestContext: { ...requestContext, http: { ...requestContext.http, method: 'TRACE' } },
	};
}

/** A base path is part of links, so it must not start a host: `//evil.example`. */
const BASE_PATH = /^(?:\/[\w.$+!*'()~-]+)+$/;

/** Returns the base path of an API mapping, which API Gateway leaves out of `rawPath` but not of the context's path. */
export function mappedPathOf(event: unknown): string {
	if (!matches(HttpEvent, event)) return '';
	const { rawPath, requestContext } = event;
	const { path } = requestContext.http;
	if (!path.endsWith(rawPath)) return '';
	const basePath = path.slice(0, path.length - rawPath.length);
	return BASE_PATH.test(basePath) ? basePath : '';
}
