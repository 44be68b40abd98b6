import type { Catcher, Retrier } from './definition-schema.ts';
import type { Json } from './json.ts';
import { catcherFor, createRetries } from './retry.ts';
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
	{
		otherwise,
		states = {},
		retryCount = 0,
	}: { otherwise: Json; states?: Record<string, Json>; retryCount?: number },
): Promise<Transition> {
	const scope = scopeOf(run, thread, visit, { states, retryCount });
	const assigned: Record<string, Json> = {};
	for (const [name, template] of Object.entries(Assign ?? {})) {
		assigned[name] = await evaluateField(run, thread, visit, `Assign/${name}`, template, scope);
	}
	const output =
		Output === undefined ? otherwise : await evaluateField(run, thread, visit, 'Output', Output, scope);
	return { output, assigned, ...(Next === undefined ? {} : { next: Next }) };
}

/** The fields of a state whose work can fail. */
interface Failing extends Outgoing {
	readonly Retry?: readonly Retrier[];
	readonly Catch?: readonly Catcher[];
}

/** One try at a state's work: its index among all the visit's attempts, and how many retries came before it. */
export interface Attempt {
	readonly index: number;
	readonly retryCount: number;
}

/**
 * Tries a state's work until it is done, its retriers are used up, or a catcher takes the failure.
 * `first` is the index of the first attempt that still counts.
 */
export async function withRetry(
	run: Run,
	thread: Thread,
	visit: Visit,
	state: Failing,
	first: number,
	work: (attempt: Attempt) => Promise<Json>,
): Promise<Transition> {
	const retries = createRetries(state.Retry ?? [], run.sources.random);
	for (let retryCount = 0; ; retryCount++) {
		try {
			const result = await work({ index: first + retryCount, retryCount });
			return await transitionOf(run, thread, visit, state, {
				otherwise: result,
				states: { result },
				retryCount,
			});
		} catch (error) {
			if (!(error instanceof StateError)) throw error;
			const delayMs = retries.next(error);
			if (delayMs !== undefined) {
				const failed = run.history.events.at(thread.lastEventId - 1);
				await waitUntil(run, (failed?.timestampMs ?? run.clock.now()) + delayMs, thread.signal);
				continue;
			}
			const catcher = catcherFor(state.Catch ?? [], error);
			if (catcher === undefined) throw error;
			const errorOutput = { Error: error.error, ...(error.why === undefined ? {} : { Cause: error.why }) };
			return transitionOf(run, thread, visit, catcher, {
				otherwise: errorOutput,
				states: { errorOutput },
				retryCount,
			});
		}
	}
}
