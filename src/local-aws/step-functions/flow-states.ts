import { isTimestamp } from './definition-checks.ts';
import type { ChoiceState, FailState, PassState, SucceedState, WaitState } from './definition-schema.ts';
import {
	BOOLEAN,
	type Expected,
	evaluateAs,
	evaluateOnce,
	inState,
	NON_NEGATIVE_INTEGER,
	STRING,
} from './evaluate-field.ts';
import { transitionOf } from './outcome.ts';
import { type Run, scopeOf, type Thread, type Transition, type Visit, waitUntil } from './run.ts';
import { StateError } from './state-error.ts';

export function passThrough(run: Run, thread: Thread, state: PassState, visit: Visit): Promise<Transition> {
	return transitionOf(run, thread, visit, state, { otherwise: visit.input });
}

export function succeed(run: Run, thread: Thread, state: SucceedState, visit: Visit): Promise<Transition> {
	return transitionOf(run, thread, visit, state, { otherwise: visit.input });
}

const NO_WAY_OUT = 'Failed to transition out of the state. The state does not point to a next state.';

/** The first rule that holds leads on, with its own Output and Assign; the state's are for its Default. */
export async function choose(
	run: Run,
	thread: Thread,
	state: ChoiceState,
	visit: Visit,
): Promise<Transition> {
	const scope = scopeOf(run, thread, visit);
	for (const [index, rule] of state.Choices.entries()) {
		const field = `Choices/${index}/Condition`;
		const holds = await evaluateAs(run, thread, visit, field, rule.Condition, scope, BOOLEAN);
		if (!holds) continue;
		return transitionOf(run, thread, visit, rule, { otherwise: visit.input });
	}
	if (state.Default === undefined) throw inState(visit, new StateError('States.NoChoiceMatched', NO_WAY_OUT));
	const { Output, Assign } = state;
	return transitionOf(
		run,
		thread,
		visit,
		{ Next: state.Default, Output, Assign },
		{ otherwise: visit.input },
	);
}

export async function wait(run: Run, thread: Thread, state: WaitState, visit: Visit): Promise<Transition> {
	await waitUntil(run, await wakeAtMs(run, thread, state, visit), thread.signal);
	return transitionOf(run, thread, visit, state, { otherwise: visit.input });
}

const TIMESTAMP: Expected<string> = {
	type: 'ISO-8601 extended offset date-time',
	is: (value): value is string => typeof value === 'string' && isTimestamp(value),
};

async function wakeAtMs(
	run: Run,
	thread: Thread,
	{ Seconds, Timestamp }: WaitState,
	visit: Visit,
): Promise<number> {
	const scope = scopeOf(run, thread, visit);
	if (Seconds !== undefined) {
		const seconds = await evaluateOnce(run, thread, visit, 'Seconds', Seconds, scope, NON_NEGATIVE_INTEGER);
		return visit.enteredAtMs + seconds * 1000;
	}
	const timestamp = await evaluateOnce(run, thread, visit, 'Timestamp', Timestamp ?? '', scope, TIMESTAMP);
	return Date.parse(timestamp);
}

export async function failWith(run: Run, thread: Thread, state: FailState, visit: Visit): Promise<never> {
	const scope = scopeOf(run, thread, visit);
	const text = async (field: 'Error' | 'Cause'): Promise<string | undefined> => {
		const template = state[field];
		if (template === undefined) return undefined;
		return evaluateAs(run, thread, visit, field, template, scope, STRING);
	};
	throw new StateError((await text('Error')) ?? '', await text('Cause'));
}
