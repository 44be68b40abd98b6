import type { S3ClientConfig } from '@aws-sdk/client-s3';
import type { Pluggable } from '@smithy/types';
import { ServiceUnavailableError } from '../tasks/service-unavailable.ts';
import { beforeDeadline } from './invocation.ts';
import { classifyError } from './transient-errors.ts';

/** The shortest timeout of a function that calls AWS. */
export const MIN_FUNCTION_TIMEOUT_MS = 10_000;

const MAX_ATTEMPTS = 3;

/** Time of a function that no call may use: 0.3 s of backoff between three attempts, and 0.7 s to report the failure. */
const RESERVED_MS = 1000;

/**
 * All attempts of one call together end before the shortest timeout of a function; the SDK itself has no timeout by
 * default. Several calls of one invocation share its deadline, see `guardCalls`.
 */
export const CLIENT_SETTINGS = {
	maxAttempts: MAX_ATTEMPTS,
	requestHandler: {
		connectionTimeout: 2000,
		requestTimeout: (MIN_FUNCTION_TIMEOUT_MS - RESERVED_MS) / MAX_ATTEMPTS,
		throwOnRequestTimeout: true,
	},
} satisfies S3ClientConfig;

/**
 * Plugs two rules into a client: no call outlives the invocation that makes it, and transient errors are thrown as
 * {@link ServiceUnavailableError}, after the SDK's own retries.
 */
export function guardCalls<Input extends object, Output extends object>(
	service: string,
): Pluggable<Input, Output> {
	const onDeadline = () =>
		new ServiceUnavailableError(service, { cause: new Error('The invocation is about to time out.') });
	return {
		applyToStack: (stack) =>
			stack.add(
				(next) => async (args) => {
					try {
						return await beforeDeadline(() => next(args), onDeadline);
					} catch (error) {
						throw classifyError(service, error);
					}
				},
				{ step: 'initialize', priority: 'high', name: 'guardCalls' },
			),
	};
}
