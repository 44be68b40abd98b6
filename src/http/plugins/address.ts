import type { FastifyInstance, FastifyRequest } from 'fastify';
import { ProblemError } from '../problems/problem.ts';

declare module 'fastify' {
	interface FastifyRequest {
		/** Path before `/v1`, from the API mapping of a custom domain: `/jobs`, or empty. Links in responses begin with it. */
		basePath: string;
	}
}

/** RFC 9110, 4.1 requires at least 8,000; HTTP APIs allow 10,240 bytes including headers. */
const MAX_URL_CHARACTERS = 8192;

const BASE_PATH = /^(?:\/[\w.$+!*'()~-]+)+?(?=\/v1(?:[/?]|$))/;

/**
 * Removes the base path of an API mapping from a URL, for Fastify's `rewriteUrl`: some gateways pass it on, and HTTP APIs
 * do so for a named stage.
 */
export function withoutBasePath(url: string): string {
	return /^\/v1(?:[/?]|$)/.test(url) ? url : url.replace(BASE_PATH, '');
}

/** Returns the client's path, with its base path, as a URI: bytes that a URI does not allow are percent-encoded. */
export function pathOf({
	originalUrl,
	url,
	basePath,
}: Pick<FastifyRequest, 'originalUrl' | 'url' | 'basePath'>): string {
	// An error before the hook below finds no base path.
	const [path = '/'] = (basePath === '' ? originalUrl : basePath + url).split('?', 1);
	return path
		.toWellFormed()
		.replaceAll(/%(?![0-9a-fA-F]{2})/g, '%25')
		.replaceAll(/[^\w\-.~!$&'()*+,;=:@/%]/gu, encodeURIComponent);
}

/**
 * Gives every resource exactly one URL: an empty path segment is 404, and a query takes only its declared members.
 * Routes without a declared query ignore it.
 * @param mappedPath returns the base path that the gateway has already removed from the URL.
 */
export function registerAddress(app: FastifyInstance, mappedPath: (request: FastifyRequest) => string): void {
	app.decorateRequest('basePath', '');
	app.addHook('onRoute', ({ method, url, schema }) => {
		const query: unknown = schema?.querystring;
		if (query !== undefined && Object(query).additionalProperties !== false)
			throw new Error(`The query of ${String(method)} ${url} must set additionalProperties to false.`);
	});
	app.addHook('onRequest', async (request) => {
		const { url, originalUrl } = request;
		request.basePath = mappedPath(request) + originalUrl.slice(0, originalUrl.length - url.length);
		if (originalUrl.length > MAX_URL_CHARACTERS)
			throw new ProblemError('bad-request', `The URL exceeds ${MAX_URL_CHARACTERS} characters.`);
		const [, ...segments] = pathOf(request).split('/');
		if (segments.includes('')) throw new ProblemError('not-found', 'No route matches this path.');
	});
}
