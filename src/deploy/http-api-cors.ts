/** `provider.httpApi.cors` of serverless.yml. */
export interface HttpApiCors {
	readonly allowedOrigins: readonly string[];
	readonly allowedMethods: readonly string[];
	readonly allowedHeaders: readonly string[];
	readonly exposedResponseHeaders: readonly string[];
	readonly maxAge: number;
}

/** Response headers that scripts may read beyond those that the Fetch standard always exposes. */
const EXPOSED_HEADERS = [
	'accept-encoding',
	'allow',
	'apigw-requestid',
	'etag',
	'idempotency-replayed',
	'location',
	'preference-applied',
	'ratelimit',
	'ratelimit-policy',
	'retry-after',
	'www-authenticate',
];

/** Chromium caches a preflight for 2 hours at most. */
const MAX_AGE_SECONDS = 7200;

/**
 * Builds the CORS configuration of the HTTP API from the parameter `allowedOrigins`: `*`, or comma-separated origins.
 * Credentials are never allowed. `*` allows every request header but `authorization` (Fetch standard), so that one is
 * listed too.
 * @throws if a part is not an origin as a browser sends it.
 */
export function httpApiCors(allowedOrigins: string): HttpApiCors {
	return {
		allowedOrigins: parseOrigins(allowedOrigins),
		allowedMethods: ['DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT'],
		allowedHeaders: ['*', 'authorization'],
		exposedResponseHeaders: EXPOSED_HEADERS,
		maxAge: MAX_AGE_SECONDS,
	};
}

function parseOrigins(allowedOrigins: string): string[] {
	const origins = allowedOrigins.split(',').map((origin) => origin.trim());
	if (origins.length === 1 && origins[0] === '*') return origins;
	const invalid = origins.find((origin) => !isOrigin(origin));
	if (invalid === undefined) return origins;
	throw new Error(
		`Invalid origin "${invalid}" in the parameter allowedOrigins: give * or comma-separated origins such as https://app.example.com,http://localhost:5173.`,
	);
}

function isOrigin(text: string): boolean {
	return /^https?:[^*]+$/.test(text) && URL.parse(text)?.origin === text;
}
