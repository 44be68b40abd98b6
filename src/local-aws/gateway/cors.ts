import type { Answer } from './answer.ts';
import type { RequestHead } from './request-head.ts';

/** An HTTP API's `CorsConfiguration`. */
export interface CorsSettings {
	/** Whole origins, `*`, or every one of a scheme: `https://*`. */
	readonly allowOrigins?: readonly string[];
	readonly allowMethods?: readonly string[];
	readonly allowHeaders?: readonly string[];
	readonly exposeHeaders?: readonly string[];
	/** Seconds for which a browser may keep the answer to a preflight. */
	readonly maxAge?: number;
	readonly allowCredentials?: boolean;
}

type Headers = Answer['headers'];
type Fields = Pick<RequestHead, 'method' | 'headers'>;

/** Returns whether the request is a CORS preflight. */
export function isPreflight({ method, headers }: Fields): boolean {
	return method === 'OPTIONS' && headers.has('origin') && headers.has('access-control-request-method');
}

/**
 * Returns the CORS headers for the answer; none without an origin or for an origin that is not allowed.
 * Rules: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html
 */
export function corsHeaders(settings: CorsSettings, fields: Fields): Headers {
	const allowed = allowedOrigin(settings.allowOrigins ?? [], fields.headers.get('origin'));
	if (allowed === undefined) return {};
	return {
		'access-control-allow-origin': allowed,
		...(settings.allowCredentials === true && { 'access-control-allow-credentials': 'true' }),
		...(isPreflight(fields) ? preflightHeaders(settings) : list('expose-headers', settings.exposeHeaders)),
	};
}

/** Removes the CORS headers of the function: the API's own configuration replaces them. */
export function withoutCorsHeaders(headers: Headers): Headers {
	return Object.fromEntries(Object.entries(headers).filter(([name]) => !name.startsWith('access-control-')));
}

function allowedOrigin(allowOrigins: readonly string[], origin: string | undefined): string | undefined {
	if (origin === undefined) return undefined;
	if (allowOrigins.includes('*')) return '*';
	const isAllowed = allowOrigins.some((allowed) =>
		allowed.endsWith('://*') ? origin.startsWith(allowed.slice(0, -1)) : origin === allowed,
	);
	return isAllowed ? origin : undefined;
}

function preflightHeaders({ allowMethods, allowHeaders, maxAge }: CorsSettings): Headers {
	return {
		...list('allow-methods', allowMethods),
		...list('allow-headers', allowHeaders),
		...(maxAge !== undefined && { 'access-control-max-age': String(maxAge) }),
	};
}

function list(name: string, values: readonly string[] = []): Headers {
	return values.length > 0 ? { [`access-control-${name}`]: values.join(',') } : {};
}
