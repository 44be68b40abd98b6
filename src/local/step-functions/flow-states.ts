import { isTimestamp } from './definition-checks.ts';
import type { ChoiceState, FailState, PassState, SucceedState, WaitState } from './definition-schema.ts';
import { transitionOf } from './outcome.ts';
import {
	evaluateField,
	type Run,
	scopeOf,
	type Thread,
	type Transition,
	type Visit,
	waitUntil,
} from './run.ts';
import { StateError } from './state-error.ts';

export function passThrough(run: Run, thread: Thread, state: PassState, visit: Visit): Promise<Transition> {
	return transitionOf(run, thread, visit, state, { otherwise: visit.input });
}

export function succeed(run: Run, thread: Thread, state: SucceedState, visit: Visit): Promise<Transition> {
	return transitionOf(run, thread, visit, state, { otherwise: visit.input });
}

export async function choose(
	run: Run,
	thread: Thread,
	state: ChoiceState,
	visit: Visit,
): Promise<Transition> {
	const scope = scopeOf(run, thread, visit);
	for (const [index, rule] of state.Choices.entries()) {
		const field = `Choices/${index}/Condition`;
		const holds = await evaluateField(run, thread, visit, field, rule.Condition, scope);
		if (typeof holds !== 'boolean') {
			throw new StateError(
				'States.QueryEvaluationError',
				`The JSONata expression specified for the field '${field}' returned an unexpected result type. Expected 'boolean'.`,
			);
		}
		if (!holds) continue;
		const { Output = state.Output, Assign = state.Assign, Next } = rule;
		return transitionOf(run, thread, visit, { Next, Output, Assign }, { otherwise: visit.input });
	}
	if (state.Default === undefined)
		throw new StateError('States.NoChoiceMatched', 'No choice matched, and the state has no Default.');
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

async function wakeAtMs(
	run: Run,
	thread: Thread,
	{ Seconds, Timestamp }: WaitState,
	visit: Visit,
): Promise<number> {
	const scope = scopeOf(run, thread, visit);
	if (Seconds !== undefined) {
		const seconds = await evaluateField(run, thread, visit, 'Seconds', Seconds, scope);
		if (typeof seconds !== 'number' || !Number.isInteger(seconds) || seconds < 0) {
			throw new StateError(
				'States.QueryEvaluationError',
				"The field 'Seconds' needs a non-negative integer.",
			);
		}
		return visit.enteredAtMs + seconds * 1000;
	}
	const timestamp = await evaluateField(run, thread, visit, 'Timestamp', Timestamp ?? '', scope);
	if (typeof timestamp !== 'string' || !isTimestamp(timestamp)) {
		throw new StateError(
			'States.QueryEvaluationError',
			"The field 'Timestamp' needs a timestamp of RFC 3339.",
		);
	}
	return Date.parse(timestamp);
}

export async function failWith(run: Run, thread: Thread, state: FailState, visit: Visit): Promise<never> {
	const scope = scopeOf(run, thread, visit);
	const text = async (field: 'Error' | 'Cause'): Promise<string | undefined> => {
		const template = state[field];
		if (template === undefined) return undefined;
		const value = await evaluateField(run, thread, visit, field, template, scope);
		if (typeof value === 'string') return value;
		throw new StateError('States.QueryEvaluationError', `The field '${field}' needs a string.`);
	};
	throw new StateError((await text('Error')) ?? '', await text('Cause'));
}
