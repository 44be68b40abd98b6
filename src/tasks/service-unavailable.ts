/** Seconds after which a client may repeat a request that met an unavailable service. */
const DEFAULT_RETRY_AFTER_SECONDS = 2;

/**
 * A service behind the API is throttled, failing, unreachable or too slow. The outcome of a write is unknown.
 * Such an error never ends a task: the caller tries again later.
 */
export class ServiceUnavailableError extends Error {
	override readonly name = 'ServiceUnavailableError';
	readonly code = 'unavailable';
	/** The service that failed, such as `DynamoDB`. For logs and metrics, not for clients. */
	readonly service: string;
	readonly retryAfterSeconds: number;

	constructor(
		service: string,
		{
			retryAfterSeconds = DEFAULT_RETRY_AFTER_SECONDS,
			cause,
		}: ErrorOptions & { retryAfterSeconds?: number } = {},
	) {
		super(`${service} is unavailable.`, { cause });
		this.service = service;
		this.retryAfterSeconds = retryAfterSeconds;
	}
}

/** Returns the first {@link ServiceUnavailableError} in the chain of causes, or `undefined`. */
export function findServiceUnavailable(error: unknown): ServiceUnavailableError | undefined {
	for (let at = error; at instanceof Error; at = at.cause)
		if (at instanceof ServiceUnavailableError) return at;
	return undefined;
}
