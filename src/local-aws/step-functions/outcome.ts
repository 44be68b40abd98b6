import type { Json } from '../json.ts';
import type { Catcher, Retrier } from './definition-schema.ts';
import { evaluateField } from './evaluate-field.ts';
import { catcherFor, createRetries } from './retry.ts';
import {
	decideOnce,
	isNumber,
	type Run,
	record,
	scopeOf,
	type Thread,
	type Transition,
	type Visit,
	waitUntil,
} from './run.ts';
import { StateError } from './state-error.ts';

/** The fields by which a state says what it gives and where it leads. */
interface Outgoing {
	readonly Output?: Json | undefined;
	readonly Assign?: Readonly<Record<string, Json>> | undefined;
	readonly Next?: string | undefined;
}

/** The transition of a state that has done its work; `states` is what its expressions see besides input and context. */
export async function transitionOf(
	run: Run,
	thread: Thread,
	visit: Visit,
	{ Output, Assign, Next }: Outgoing,
	{ otherwise, states = {} }: { otherwise: Json; states?: Record<string, Json> },
): Promise<Transition> {
	const next = Next === undefined ? {} : { next: Next };
	if (Output === undefined && Assign === undefined) return { output: otherwise, assigned: {}, ...next };
	const scope = scopeOf(run, thread, visit, { states });
	const assigned: Record<string, Json> = {};
	for (const [name, template] of Object.entries(Assign ?? {})) {
		assigned[name] = await evaluateField(run, thread, visit, `Assign/${name}`, template, scope);
	}
	const output =
		Output === undefined ? otherwise : await evaluateField(run, thread, visit, 'Output', Output, scope);
	return { output, assigned, ...next };
}

/** The fields of a state whose work can fail. */
interface Failing extends Outgoing {
	readonly Type: string;
	readonly Retry?: readonly Retrier[];
	readonly Catch?: readonly Catcher[];
}

/** Tries a state's work, from the visit's attempt on, until it is done, its retriers are used up, or a catcher takes the failure. */
export async function withRetry(
	run: Run,
	thread: Thread,
	visit: Visit,
	state: Failing,
	work: (visit: Visit) => Promise<Json>,
): Promise<Transition> {
	const retries = createRetries(state.Retry ?? [], run.sources.random);
	for (
		let tried = visit;
		;
		tried = { ...tried, attempt: tried.attempt + 1, retryCount: tried.retryCount + 1 }
	) {
		try {
			const result = await work(tried);
			return await transitionOf(run, thread, tried, state, { otherwise: result, states: { result } });
		} catch (error) {
			if (!(error instanceof StateError)) throw error;
			const delayMs = retries.next(error);
			if (delayMs === undefined) return caught(run, thread, tried, state, error);
			const failed = run.history.events.at(thread.lastEventId - 1);
			const atMs = (failed?.timestampMs ?? run.clock.now()) + delayMs;
			const what = `retry/${tried.attempt}/${run.execution.redriveCount}`;
			const decided = decideOnce(run, visit.enteredEventId, what, isNumber, async () => atMs);
			await waitUntil(run, await decided, thread.signal);
		}
	}
}

/** The transition to the catcher of a failure that is not tried again. Throws the failure where there is none. */
function caught(
	run: Run,
	thread: Thread,
	visit: Visit,
	state: Failing,
	error: StateError,
): Promise<Transition> {
	if (state.Type !== 'Task') {
		record(run, thread, {
			key: `${visit.key}/failed/${run.execution.redriveCount}`,
			type: `${state.Type}StateFailed`,
		});
	}
	const catcher = catcherFor(state.Catch ?? [], error);
	if (catcher === undefined) throw error;
	const errorOutput = { Error: error.error, ...(error.why === undefined ? {} : { Cause: error.why }) };
	const catching = { ...visit, key: `${visit.key}/catch` };
	return transitionOf(run, thread, catching, catcher, { otherwise: errorOutput, states: { errorOutput } });
}
