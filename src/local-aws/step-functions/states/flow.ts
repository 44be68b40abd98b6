import type { ChoiceState, FailState, PassState, SucceedState, WaitState } from '../definition.ts';
import { StateError } from '../errors.ts';
import {
	addState,
	BOOLEAN,
	evaluateAs,
	evaluateOnce,
	NON_NEGATIVE_INTEGER,
	STRING,
	TIMESTAMP,
} from '../fields.ts';
import { createScope, type Run, type Thread, type Transition, type Visit, waitUntil } from '../run.ts';
import { createTransition } from './transition.ts';

/** Runs a Pass state. */
export function runPass(run: Run, thread: Thread, state: PassState, visit: Visit): Promise<Transition> {
	return createTransition(run, thread, visit, state, { defaultOutput: visit.input });
}

/** Runs a Succeed state. */
export function runSucceed(run: Run, thread: Thread, state: SucceedState, visit: Visit): Promise<Transition> {
	return createTransition(run, thread, visit, state, { defaultOutput: visit.input });
}

const NO_CHOICE_MATCHED = 'Failed to transition out of the state. The state does not point to a next state.';

/**
 * Runs a Choice state. The first rule whose condition is true decides, with its own `Output` and `Assign`; the fields of
 * the state itself apply to its default.
 *
 * @throws StateError `States.NoChoiceMatched` if no rule matches and there is no default.
 */
export async function runChoice(
	run: Run,
	thread: Thread,
	state: ChoiceState,
	visit: Visit,
): Promise<Transition> {
	const scope = createScope(run, thread, visit);
	const data = { defaultOutput: visit.input };
	for (const [index, rule] of state.Choices.entries()) {
		const prefix = `Choices[${index}]/`;
		const condition = { name: `${prefix}Condition`, template: rule.Condition, scope };
		if (!(await evaluateAs(run, thread, visit, condition, BOOLEAN))) continue;
		return createTransition(run, thread, visit, rule, { ...data, prefix });
	}
	const { Default: Next, Output, Assign } = state;
	if (Next === undefined) throw addState(visit, new StateError('States.NoChoiceMatched', NO_CHOICE_MATCHED));
	return createTransition(run, thread, visit, { Next, Output, Assign }, data);
}

/** Runs a Wait state. */
export async function runWait(run: Run, thread: Thread, state: WaitState, visit: Visit): Promise<Transition> {
	await waitUntil(run, await wakeTimeMs(run, thread, state, visit), thread.signal);
	return createTransition(run, thread, visit, state, { defaultOutput: visit.input });
}

/** Recorded on AWS: a wait of 24,856 days fails, one of 24,855 days does not, so the delay is a signed 32-bit number of seconds. */
const MAX_WAIT_SECONDS = 2 ** 31 - 1;

async function wakeTimeMs(
	run: Run,
	thread: Thread,
	{ Seconds, Timestamp }: WaitState,
	visit: Visit,
): Promise<number> {
	const scope = createScope(run, thread, visit);
	let wakeAtMs: number;
	if (Seconds === undefined) {
		const field = { name: 'Timestamp', template: Timestamp ?? '', scope };
		wakeAtMs = Date.parse(await evaluateOnce(run, thread, visit, field, TIMESTAMP));
	} else {
		const field = { name: 'Seconds', template: Seconds, scope };
		wakeAtMs =
			visit.enteredAtMs + (await evaluateOnce(run, thread, visit, field, NON_NEGATIVE_INTEGER)) * 1000;
	}
	if (wakeAtMs - visit.enteredAtMs <= MAX_WAIT_SECONDS * 1000) return wakeAtMs;
	throw addState(visit, new StateError('States.Runtime', 'Wait state delay is too long.'));
}

/**
 * Runs a Fail state.
 *
 * @throws StateError the state's error, always.
 */
export async function runFail(run: Run, thread: Thread, state: FailState, visit: Visit): Promise<never> {
	const scope = createScope(run, thread, visit);
	const text = async (name: 'Error' | 'Cause'): Promise<string | undefined> => {
		const template = state[name];
		if (template === undefined) return undefined;
		return evaluateAs(run, thread, visit, { name, template, scope }, STRING);
	};
	throw new StateError((await text('Error')) ?? '', await text('Cause'));
}
