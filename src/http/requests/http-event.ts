import { METHODS } from 'node:http';
import * as Type from 'typebox';
import { parseValue } from '../../parse.ts';
import type { InvocationContext } from '../../tasks/invocation-signal.ts';

declare module 'fastify' {
	interface FastifyRequest {
		/** The invocation behind a request, which a client cannot forge. Set by `@fastify/aws-lambda`. */
		readonly awsLambda: { readonly event: HttpEvent; readonly context: InvocationContext };
	}
}

/** The members of an HTTP API's event that `@fastify/aws-lambda` does not hand to the app. */
const HttpEvent = Type.Object({
	rawPath: Type.String(),
	requestContext: Type.Object({ http: Type.Object({ path: Type.String(), method: Type.String() }) }),
});

/** An HTTP API's event in payload version 2.0. */
export type HttpEvent = Type.Static<typeof HttpEvent>;

const SUPPORTED_METHODS: ReadonlySet<string> = new Set(METHODS);

/**
 * Parses an HTTP API's event. A method that Node does not know, which `light-my-request` rejects, becomes one that no
 * route has, so that the app responds with 404 or 405.
 * @throws UnexpectedShapeError if the event is not one of an HTTP API.
 */
export function parseHttpEvent(event: unknown): HttpEvent {
	const httpEvent = parseValue(HttpEvent, event, 'event of the HTTP API');
	const { requestContext } = httpEvent;
	if (SUPPORTED_METHODS.has(requestContext.http.method)) return httpEvent;
	return {
		...httpEvent,
		requestContext: { ...requestContext, http: { ...requestContext.http, method: 'TRACE' } },
	};
}

/** A base path is part of links, so it must not start a host: `//evil.example`. */
const BASE_PATH = /^(?:\/[\w.$+!*'()~-]+)+$/;

/** Returns the base path of an API mapping, which API Gateway leaves out of `rawPath` but not of the context's path. */
export function mappedPathOf({ rawPath, requestContext }: HttpEvent): string {
	const { path } = requestContext.http;
	if (!path.endsWith(rawPath)) return '';
	const basePath = path.slice(0, path.length - rawPath.length);
	return BASE_PATH.test(basePath) ? basePath : '';
}
