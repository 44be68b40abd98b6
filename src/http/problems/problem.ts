import * as Type from 'typebox';
import { readWeights } from '../requests/weights.ts';
import { PROBLEMS, type ProblemCode } from './problem-catalogue.ts';

/** One fault of a request, in FastAPI's form: where, what, and which rule. */
export const ValidationFault = Type.Object(
	{
		loc: Type.Array(Type.Union([Type.String(), Type.Integer()])),
		msg: Type.String(),
		type: Type.String(),
	},
	{ additionalProperties: false },
);

export type ValidationFault = Type.Static<typeof ValidationFault>;

/** RFC 9457. `instance` is the path that was asked for. */
export const Problem = Type.Object(
	{
		type: Type.String({ format: 'uri-reference', examples: ['/problems/not-found'] }),
		title: Type.String(),
		status: Type.Integer({ minimum: 400, maximum: 599 }),
		detail: Type.String(),
		instance: Type.String({ format: 'uri-reference' }),
		errors: Type.Optional(Type.Array(ValidationFault)),
	},
	{ title: 'Problem', additionalProperties: false },
);

export type Problem = Type.Static<typeof Problem>;

/** FastAPI's form, for clients of the service that this one replaces. */
export const FastApiError = Type.Object(
	{ detail: Type.Union([Type.String(), Type.Array(ValidationFault)]) },
	{ title: 'FastApiError', additionalProperties: false },
);

export type FastApiError = Type.Static<typeof FastApiError>;

/** An answer that is not a success: thrown by hooks and handlers, written by the error handler. */
export class ProblemError extends Error {
	override readonly name = 'ProblemError';
	readonly code: ProblemCode;
	readonly faults: readonly ValidationFault[] | undefined;
	/** When to try again, where it is known. */
	retryAfterSeconds: number | undefined;

	constructor(code: ProblemCode, detail: string, faults?: readonly ValidationFault[]) {
		super(detail);
		this.code = code;
		this.faults = faults;
	}
}

export function problemBody(error: ProblemError, instance: string): Problem {
	const { status, title } = PROBLEMS[error.code];
	return {
		type: `/problems/${error.code}`,
		title,
		status,
		detail: error.message,
		instance,
		...(error.faults === undefined ? {} : { errors: [...error.faults] }),
	};
}

export function fastApiBody(error: ProblemError): FastApiError {
	return { detail: error.faults === undefined ? error.message : [...error.faults] };
}

/** Whether `Accept` names `application/json` and not `application/problem+json`; what it refuses by `q=0` it does not name. */
export function wantsFastApiForm(accept: string | undefined): boolean {
	const weights = readWeights(accept ?? '');
	const names = (mediaType: string) => (weights.get(mediaType) ?? 0) > 0;
	return names('application/json') && !names('application/problem+json');
}

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
