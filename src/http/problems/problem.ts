import * as Type from 'typebox';
import { PROBLEMS, type ProblemCode } from './problem-catalogue.ts';

/** One validation error in FastAPI's form: its location, its message and the rule that failed. */
export const ValidationFault = Type.Object(
	{
		loc: Type.Array(Type.Union([Type.String(), Type.Integer()])),
		msg: Type.String(),
		type: Type.String(),
	},
	{ additionalProperties: false },
);

/** One validation error, as its schema types it. */
export type ValidationFault = Type.Static<typeof ValidationFault>;

/** An RFC 9457 problem. `instance` is the path of the request. */
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

/** A problem, as its schema types it. */
export type Problem = Type.Static<typeof Problem>;

/** FastAPI's error form, for clients of the service that this API replaces. */
export const FastApiError = Type.Object(
	{ detail: Type.Union([Type.String(), Type.Array(ValidationFault)]) },
	{ title: 'FastApiError', additionalProperties: false },
);

/** FastAPI's error form, as its schema types it. */
export type FastApiError = Type.Static<typeof FastApiError>;

/** Members of a problem beyond its code and detail. */
export interface ProblemOptions {
	readonly faults?: readonly ValidationFault[];
	/** Value of `Retry-After`. */
	readonly retryAfterSeconds?: number;
	/** Value of `WWW-Authenticate`. */
	readonly challenge?: string;
	/** The error behind the problem, for the log. */
	readonly cause?: unknown;
}

/** An error response: hooks and handlers throw it, the error handler sends it. */
export class ProblemError extends Error {
	override readonly name = 'ProblemError';
	readonly code: ProblemCode;
	readonly options: ProblemOptions;

	constructor(code: ProblemCode, detail: string, options: ProblemOptions = {}) {
		super(detail, { cause: options.cause });
		this.code = code;
		this.options = options;
	}
}

/** Builds the RFC 9457 form of an error. */
export function problemBody(error: ProblemError, instance: string): Problem {
	const { status, title } = PROBLEMS[error.code];
	const { faults } = error.options;
	return {
		type: `/problems/${error.code}`,
		title,
		status,
		detail: error.message,
		instance,
		...(faults === undefined ? {} : { errors: [...faults] }),
	};
}

/** Builds FastAPI's form of an error. */
export function fastApiBody({ message, options: { faults } }: ProblemError): FastApiError {
	return { detail: faults === undefined ? message : [...faults] };
}

/** Problems that every route may send. */
const COMMON_CODES = [
	'bad-request',
	'not-acceptable',
	'internal',
	'unavailable',
] as const satisfies ProblemCode[];

/** Builds the `response` entries of a route for these problems, with both forms of each. */
export function problemResponses(...codes: readonly ProblemCode[]) {
	const byStatus = Object.groupBy([...codes, ...COMMON_CODES], (code) => PROBLEMS[code].status);
	return Object.fromEntries(
		Object.entries(byStatus).map(([status, sameStatus]) => [
			status,
			{
				description: sameStatus.map((code) => `\`${code}\`: ${PROBLEMS[code].title}.`).join(' '),
				content: {
					'application/problem+json': { schema: Problem },
					'application/json': { schema: FastApiError },
				},
			},
		]),
	);
}
