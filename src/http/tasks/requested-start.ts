import * as Type from 'typebox';
import { MAX_DELAY_SECONDS, type RequestedStart } from '../../tasks/scheduled-start.ts';
import { ProblemError } from '../problems/problem.ts';
import { TIME_PATTERN } from './task-resource.ts';

/** The members of a new task that delay its start. */
export const START_MEMBERS = {
	run_at: Type.Optional(
		Type.String({
			format: 'date-time',
			pattern: TIME_PATTERN,
			description:
				'Start the task at this time, at most one year ahead. A time in the past starts it at once. Excludes `delay_seconds`.',
			examples: ['2026-12-24T18:00:00Z'],
		}),
	),
	delay_seconds: Type.Optional(
		Type.Integer({
			minimum: 0,
			maximum: MAX_DELAY_SECONDS,
			description: 'Start the task this long after it was accepted. Excludes `run_at`.',
			examples: [900],
		}),
	),
};

/** The members of a body that delay a start. */
export interface StartBody {
	readonly run_at?: string;
	readonly delay_seconds?: number;
}

/**
 * Returns the start that a body requests, or `undefined` for a start at once.
 * @throws {@link ProblemError} `validation` if both members are present, or if the time is more than a year ahead.
 */
export function requestedStart(
	{ run_at, delay_seconds: delaySeconds }: StartBody,
	nowMs: number,
): RequestedStart | undefined {
	if (run_at === undefined) return delaySeconds === undefined ? undefined : { delaySeconds };
	if (delaySeconds !== undefined) throw startProblem('Give either run_at or delay_seconds');
	const runAtMs = Date.parse(run_at);
	if (runAtMs - nowMs > MAX_DELAY_SECONDS * 1000) throw startProblem('Must be at most one year ahead');
	return { runAtMs };
}

function startProblem(msg: string): ProblemError {
	return new ProblemError('validation', 'The time of the start is invalid.', {
		faults: [{ loc: ['body', 'run_at'], type: 'value_error', msg }],
	});
}
