import { FastApiError, Problem } from './problem.ts';
import { PROBLEMS, type ProblemCode } from './problem-catalogue.ts';

/** What every route may answer, whatever it does. */
const EVERYWHERE = [
	'bad-request',
	'not-acceptable',
	'internal',
	'unavailable',
] as const satisfies ProblemCode[];

/** The `response` entries of a route for these problems, both forms of each. */
export function problemResponses(...codes: readonly ProblemCode[]) {
	const byStatus = Object.groupBy([...codes, ...EVERYWHERE], (code) => PROBLEMS[code].status);
	return Object.fromEntries(
		Object.entries(byStatus).map(([status, same]) => [
			status,
			{
				description: same.map((code) => `\`${code}\`: ${PROBLEMS[code].title}.`).join(' '),
				content: {
					'application/problem+json': { schema: Problem },
					'application/json': { schema: FastApiError },
				},
			},
		]),
	);
}
