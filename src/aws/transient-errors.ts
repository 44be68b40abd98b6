import { isServerError, isThrottlingError, isTransientError } from '@smithy/core/retry';
import { ServiceUnavailableError } from '../tasks/service-unavailable.ts';

/** Transient errors that the SDK does not retry, because another attempt within the same second does not help. */
const TRANSIENT_NAMES: ReadonlySet<string> = new Set([
	// The quota of open executions: one has to end first.
	'ExecutionLimitExceeded',
	'KmsThrottlingException',
	'KMSThrottlingException',
	'ExpiredToken',
	'ExpiredTokenException',
	'CredentialsProviderError',
]);

/** Errors of a role that IAM has not propagated yet, which takes up to a minute. */
const ACCESS_DENIED_NAMES: ReadonlySet<string> = new Set([
	'AccessDenied',
	'AccessDeniedException',
	'AuthorizationError',
	'AuthorizationErrorException',
	'InvalidClientTokenId',
	'UnrecognizedClientException',
]);

/** Whether a call may succeed later without any change: throttling, timeouts, 5xx and connection errors. */
export function isTransient(error: unknown): boolean {
	return (
		isSdkError(error) &&
		(isThrottlingError(error) ||
			isTransientError(error) ||
			isServerError(error) ||
			TRANSIENT_NAMES.has(error.name))
	);
}

/** Whether a service refused the caller's role. Transient on the start path, where IAM may still be propagating. */
export function isAccessDenied(error: unknown): boolean {
	return error instanceof Error && ACCESS_DENIED_NAMES.has(error.name);
}

/** Returns a {@link ServiceUnavailableError} for a transient error of the service, and any other error unchanged. */
export function classifyError(service: string, error: unknown): unknown {
	return isTransient(error) ? new ServiceUnavailableError(service, { cause: error }) : error;
}

function isSdkError(error: unknown): error is Parameters<typeof isTransientError>[0] {
	return error instanceof Error && (error.cause === undefined || error.cause instanceof Error);
}
