import type { AcceptanceLimit } from '../../tasks/acceptance-limit.ts';
import { ProblemError } from '../problems/problem.ts';

/**
 * Counts one request of a principal against a limit.
 * @throws {@link ProblemError} `rate-limited`.
 */
export async function requireAllowance(
	limit: AcceptanceLimit,
	principal: string,
	nowMs: number,
): Promise<void> {
	const allowance = await limit.take(principal, nowMs, 1);
	if (allowance !== 'taken') throw rateLimitProblem(allowance.retryAfterSeconds);
}

/** Builds the problem for a principal above its limit. */
export function rateLimitProblem(retryAfterSeconds: number): ProblemError {
	return new ProblemError(
		'rate-limited',
		`The limit of requests per minute is exceeded. Try again in ${retryAfterSeconds} s.`,
		{ retryAfterSeconds },
	);
}
