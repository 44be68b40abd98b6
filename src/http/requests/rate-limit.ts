import type { FastifyReply } from 'fastify';
import type { AcceptanceLimit, Allowance } from '../../tasks/acceptance-limit.ts';
import { ProblemError } from '../problems/problem.ts';

/** OpenAPI description of the headers of every response to a request that counts against a limit (IETF draft). */
export const RATE_LIMIT_HEADERS = {
	ratelimit: {
		type: 'string',
		description:
			'What is left of the limit per minute (`r`), and the seconds until it starts anew (`t`). Absent if the stage has no limit.',
		examples: ['"tasks";r=5990;t=42'],
	},
	'ratelimit-policy': {
		type: 'string',
		description: 'The limit (`q`) per window in seconds (`w`).',
		examples: ['"tasks";q=6000;w=60'],
	},
} as const;

/** Shows a client the state of its limit, if there is one. */
export function setRateLimitHeaders(reply: FastifyReply, allowance: Allowance | undefined): void {
	if (allowance === undefined) return;
	const { name, perMinute, remaining, resetSeconds } = allowance;
	reply.header('ratelimit', `"${name}";r=${remaining};t=${resetSeconds}`);
	reply.header('ratelimit-policy', `"${name}";q=${perMinute};w=60`);
}

/**
 * Counts one request of a principal against a limit, if there is one.
 * @throws {@link ProblemError} `rate-limited`.
 */
export async function requireAllowance(
	limit: AcceptanceLimit | undefined,
	{ principal, nowMs, reply }: { principal: string; nowMs: number; reply: FastifyReply },
): Promise<void> {
	const allowance = await limit?.take(principal, nowMs, 1);
	setRateLimitHeaders(reply, allowance);
	if (allowance?.isTaken === false) throw rateLimitProblem(allowance.resetSeconds);
}

/** Builds the problem for a principal above its limit. */
export function rateLimitProblem(retryAfterSeconds: number): ProblemError {
	return new ProblemError(
		'rate-limited',
		`The limit of requests per minute is exceeded. Try again in ${retryAfterSeconds} s.`,
		{ retryAfterSeconds },
	);
}
