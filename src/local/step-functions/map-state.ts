import type { MapState } from './definition-schema.ts';
import { firstAttempt } from './first-attempt.ts';
import type { Json } from './json.ts';
import { withRetry } from './outcome.ts';
import {
	evaluateField,
	type Run,
	record,
	Stopped,
	scopeOf,
	type Thread,
	type Transition,
	type Visit,
} from './run.ts';
import { runSiblings } from './siblings.ts';
import { StateError } from './state-error.ts';

/** How many iterations an inline Map runs at once where it names no number. */
const MOST_AT_ONCE = 40;

/** An inline Map: its processor once for each item; its result is the list of their outputs. */
export function runMap(run: Run, thread: Thread, state: MapState, visit: Visit): Promise<Transition> {
	return withRetry(
		run,
		thread,
		visit,
		state,
		firstAttempt(run, visit),
		async ({ index: attempt, retryCount }) => {
			const key = `${visit.key}/a${attempt}`;
			const items = await itemsOf(run, thread, state, visit, retryCount);
			const limit = await concurrencyOf(run, thread, state, visit, retryCount);
			const started = record(run, thread, {
				key: `${key}/started`,
				type: 'MapStateStarted',
				details: { length: items.length },
			});
			try {
				const outputs = await runSiblings(run, thread, items.length, limit, (index, signal) =>
					iterate(
						run,
						{
							...thread,
							key: `${key}/i${index}`,
							branch: state.ItemProcessor,
							signal,
							variables: { ...thread.variables },
							lastEventId: started.id,
						},
						{ state, visit, index, item: items[index] ?? null },
					),
				);
				record(run, thread, { key: `${key}/succeeded`, type: 'MapStateSucceeded' });
				return outputs;
			} catch (error) {
				if (error instanceof StateError) {
					const details = { error: error.error, ...(error.why === undefined ? {} : { cause: error.why }) };
					record(run, thread, {
						key: `${key}/failed/${run.execution.redriveCount}`,
						type: 'MapStateFailed',
						details,
					});
				}
				throw error;
			}
		},
	);
}

interface Iteration {
	readonly state: MapState;
	readonly visit: Visit;
	readonly index: number;
	readonly item: Json;
}

async function iterate(
	run: Run,
	outer: Thread,
	{ state, visit, index, item }: Iteration,
): Promise<{ output: Json; lastEventId: number }> {
	const thread: Thread = { ...outer, map: { Item: { Index: index, Value: item } } };
	const about = { name: visit.name, index };
	const tell = (what: 'Started' | 'Succeeded' | 'Failed' | 'Aborted') => {
		const again = what === 'Failed' || what === 'Aborted' ? `/${run.execution.redriveCount}` : '';
		record(run, thread, {
			key: `${thread.key}/${what}${again}`,
			type: `MapIteration${what}`,
			details: about,
		});
	};
	tell('Started');
	try {
		const input =
			state.ItemSelector === undefined
				? item
				: await evaluateField(
						run,
						thread,
						visit,
						'ItemSelector',
						state.ItemSelector,
						scopeOf(run, thread, visit),
					);
		const output = await run.visitStates(run, thread, input);
		tell('Succeeded');
		return { output, lastEventId: thread.lastEventId };
	} catch (error) {
		if (error instanceof StateError) tell('Failed');
		if (error instanceof Stopped) tell('Aborted');
		throw error;
	}
}

async function itemsOf(
	run: Run,
	thread: Thread,
	{ Items }: MapState,
	visit: Visit,
	retryCount: number,
): Promise<Json[]> {
	const items =
		Items === undefined
			? visit.input
			: await evaluateField(run, thread, visit, 'Items', Items, scopeOf(run, thread, visit, { retryCount }));
	if (Array.isArray(items)) return items;
	throw new StateError('States.QueryEvaluationError', "The field 'Items' needs an array.");
}

async function concurrencyOf(
	run: Run,
	thread: Thread,
	{ MaxConcurrency = 0 }: MapState,
	visit: Visit,
	retryCount: number,
): Promise<number> {
	const limit = await evaluateField(
		run,
		thread,
		visit,
		'MaxConcurrency',
		MaxConcurrency,
		scopeOf(run, thread, visit, { retryCount }),
	);
	if (typeof limit !== 'number' || !Number.isInteger(limit) || limit < 0) {
		throw new StateError(
			'States.QueryEvaluationError',
			"The field 'MaxConcurrency' needs a non-negative integer.",
		);
	}
	return limit === 0 ? MOST_AT_ONCE : limit;
}
