import type { Json } from '../../json.ts';
import type { Catcher, Retrier } from '../definition.ts';
import { createRetries, findCatcherIndex, StateError } from '../errors.ts';
import { evaluateField } from '../fields.ts';
import {
	createScope,
	decideOnce,
	isNumber,
	type Run,
	record,
	type Thread,
	type Transition,
	type Visit,
	waitUntil,
} from '../run.ts';

/** The fields that define a state's output, its variables and the next state. */
interface Exit {
	readonly Output?: Json | undefined;
	readonly Assign?: Readonly<Record<string, Json>> | undefined;
	readonly Next?: string | undefined;
}

interface ExitData {
	/** The output if the state has no `Output` field. */
	readonly defaultOutput: Json;
	/** Members of `$states` in addition to the input and the context object. */
	readonly states?: Record<string, Json>;
	/** The path of the rule or catcher that has the fields, such as `Choices[0]/`. */
	readonly prefix?: string;
}

/** Evaluates the output and the variables of a state that has finished its work. */
export async function createTransition(
	run: Run,
	thread: Thread,
	visit: Visit,
	{ Output, Assign, Next }: Exit,
	{ defaultOutput, states = {}, prefix = '' }: ExitData,
): Promise<Transition> {
	const next = Next === undefined ? {} : { next: Next };
	if (Output === undefined && Assign === undefined) return { output: defaultOutput, assigned: {}, ...next };
	const scope = createScope(run, thread, visit, { states });
	const evaluate = (field: string, template: Json) =>
		evaluateField(run, thread, visit, { name: `${prefix}${field}`, template, scope });
	const assigned: Record<string, Json> = {};
	for (const [name, template] of Object.entries(Assign ?? {})) {
		assigned[name] = await evaluate(`Assign/${name}`, template);
	}
	const output = Output === undefined ? defaultOutput : await evaluate('Output', Output);
	return { output, assigned, ...next };
}

/** The fields of a state with error handling. */
interface Retryable extends Exit {
	readonly Type: string;
	readonly Retry?: readonly Retrier[];
	readonly Catch?: readonly Catcher[];
}

/**
 * Runs a state's work, beginning with the visit's attempt, until it succeeds, the retriers are exhausted, or a catcher
 * handles the error.
 *
 * @throws StateError the last error, if no catcher matches it.
 */
export async function runWithRetry(
	run: Run,
	thread: Thread,
	visit: Visit,
	state: Retryable,
	work: (visit: Visit) => Promise<Json>,
): Promise<Transition> {
	const retries = createRetries(state.Retry ?? [], run.sources.random);
	for (
		let current = visit;
		;
		current = { ...current, attempt: current.attempt + 1, retryCount: current.retryCount + 1 }
	) {
		try {
			const result = await work(current);
			const data = { defaultOutput: result, states: { result } };
			return await createTransition(run, thread, current, state, data);
		} catch (error) {
			if (!(error instanceof StateError)) throw error;
			const delayMs = retries.nextDelayMs(error);
			if (delayMs === undefined) return catchError(run, thread, current, state, error);
			const failed = run.history.events.at(thread.lastEventId - 1);
			const atMs = (failed?.timestampMs ?? run.clock.now()) + delayMs;
			const decision = `retry/${current.attempt}/${run.execution.redriveCount}`;
			const decided = decideOnce(run, visit.enteredEventId, decision, isNumber, async () => atMs);
			await waitUntil(run, await decided, thread.signal);
		}
	}
}

/** Returns the transition to the first catcher that matches the error. Throws the error if none does. */
async function catchError(
	run: Run,
	thread: Thread,
	visit: Visit,
	state: Retryable,
	error: StateError,
): Promise<Transition> {
	if (state.Type !== 'Task') {
		record(run, thread, {
			key: `${visit.key}/failed/${run.execution.redriveCount}`,
			type: `${state.Type}StateFailed`,
		});
	}
	const catchers = state.Catch ?? [];
	const index = findCatcherIndex(catchers, error);
	const catcher = catchers[index];
	if (catcher === undefined) throw error;
	const errorOutput = {
		Error: error.errorName,
		...(error.causeText === undefined ? {} : { Cause: error.causeText }),
	};
	return createTransition(run, thread, { ...visit, key: `${visit.key}/catch` }, catcher, {
		defaultOutput: errorOutput,
		states: { errorOutput },
		prefix: `Catch[${index}]/`,
	});
}
