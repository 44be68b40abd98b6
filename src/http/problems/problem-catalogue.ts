/** Every problem that the API answers: its status and title, and what it means, for the OpenAPI. */
export const PROBLEMS = {
	validation: { status: 422, title: 'The request does not match its schema', retryable: false },
	'idempotency-key-reused': {
		status: 422,
		title: 'The idempotency key belongs to another request',
		retryable: false,
	},
	'malformed-json': { status: 400, title: 'The body is not JSON', retryable: false },
	'bad-request': { status: 400, title: 'The request cannot be understood', retryable: false },
	unauthorized: { status: 401, title: 'The request carries no valid token', retryable: false },
	forbidden: { status: 403, title: 'The token does not allow this', retryable: false },
	'not-found': { status: 404, title: 'There is no such thing here', retryable: false },
	'method-not-allowed': { status: 405, title: 'The resource does not know this method', retryable: false },
	'not-acceptable': { status: 406, title: 'No representation suits the Accept header', retryable: false },
	conflict: { status: 409, title: 'The task is not in a status that allows this', retryable: false },
	gone: { status: 410, title: 'The task has expired', retryable: false },
	'payload-too-large': { status: 413, title: 'The body is too large', retryable: false },
	'unsupported-media-type': {
		status: 415,
		title: 'The body is of a type that is not taken',
		retryable: false,
	},
	'rate-limited': {
		status: 429,
		title: 'Too many tasks were accepted of late',
		retryable: true,
	},
	internal: { status: 500, title: 'Something went wrong on our side', retryable: false },
	unavailable: { status: 503, title: 'A service behind the API does not answer', retryable: true },
} as const satisfies Record<string, { status: number; title: string; retryable: boolean }>;

export type ProblemCode = keyof typeof PROBLEMS;
