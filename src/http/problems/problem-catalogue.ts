interface CatalogueEntry {
	readonly status: number;
	readonly title: string;
	/** Whether the response has `Retry-After`. */
	readonly retryable: boolean;
}

/** Every problem that the API sends, by its code: `type` is `/problems/<code>`. */
export const PROBLEMS = {
	validation: { status: 422, title: 'Request validation failed', retryable: false },
	'idempotency-key-reused': {
		status: 422,
		title: 'Idempotency key reused for a different request',
		retryable: false,
	},
	'malformed-json': { status: 400, title: 'Malformed JSON', retryable: false },
	'bad-request': { status: 400, title: 'Bad request', retryable: false },
	unauthorized: { status: 401, title: 'Missing or invalid bearer token', retryable: false },
	forbidden: { status: 403, title: 'Insufficient permissions', retryable: false },
	'not-found': { status: 404, title: 'Resource not found', retryable: false },
	'method-not-allowed': { status: 405, title: 'Method not allowed', retryable: false },
	'not-acceptable': { status: 406, title: 'No acceptable representation', retryable: false },
	conflict: { status: 409, title: 'Conflict with the current state of the resource', retryable: false },
	gone: { status: 410, title: 'Resource expired', retryable: false },
	'payload-too-large': { status: 413, title: 'Payload too large', retryable: false },
	'unsupported-media-type': { status: 415, title: 'Unsupported media type', retryable: false },
	'rate-limited': { status: 429, title: 'Rate limit exceeded', retryable: true },
	internal: { status: 500, title: 'Internal server error', retryable: false },
	unavailable: { status: 503, title: 'Service temporarily unavailable', retryable: true },
} as const satisfies Record<string, CatalogueEntry>;

/** The last segment of a problem's `type`. */
export type ProblemCode = keyof typeof PROBLEMS;
