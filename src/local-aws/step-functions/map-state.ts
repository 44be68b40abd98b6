import type { Json } from '../json.ts';
import type { MapState } from './definition-schema.ts';
import { ANY, ARRAY, evaluateAs, evaluateOnce, NON_NEGATIVE_INTEGER } from './evaluate-field.ts';
import { firstAttempt } from './first-attempt.ts';
import { withRetry } from './outcome.ts';
import { type Run, record, SiblingFailed, scopeOf, type Thread, type Transition, type Visit } from './run.ts';
import { besides, runSiblings } from './siblings.ts';
import { StateError } from './state-error.ts';

/** How many iterations an inline Map runs at once where it names no number. */
const MOST_AT_ONCE = 40;

/** An inline Map: its processor once for each item; its result is the list of their outputs. */
export function runMap(run: Run, thread: Thread, state: MapState, visit: Visit): Promise<Transition> {
	const first = { ...visit, attempt: firstAttempt(run, visit) };
	return withRetry(run, thread, first, state, (tried) => tryItems(run, thread, state, tried));
}

async function tryItems(run: Run, thread: Thread, state: MapState, visit: Visit): Promise<Json> {
	const key = `${visit.key}/a${visit.attempt}`;
	// The input itself is data, in which nothing is evaluated.
	const { Items = '{% $states.input %}', MaxConcurrency = 0, ItemProcessor } = state;
	const scope = scopeOf(run, thread, visit);
	const items = await evaluateOnce(run, thread, visit, 'Items', Items, scope, ARRAY);
	const limit = await evaluateAs(
		run,
		thread,
		visit,
		'MaxConcurrency',
		MaxConcurrency,
		scope,
		NON_NEGATIVE_INTEGER,
	);
	const details = { length: items.length };
	const started = record(run, thread, { key: `${key}/started`, type: 'MapStateStarted', details });
	const outputs = await runSiblings(thread, {
		count: items.length,
		limit: limit === 0 ? MOST_AT_ONCE : limit,
		threadOf: (index, signal) => ({
			...thread,
			key: `${key}/i${index}`,
			branch: ItemProcessor,
			signal,
			map: { Item: { Index: index, Value: items[index] ?? null } },
			variables: { ...thread.variables },
			lastEventId: started.id,
		}),
		runOne: (child, index) => iterate(run, child, { state, visit, index, item: items[index] ?? null }),
	});
	record(run, thread, { key: `${key}/succeeded`, type: 'MapStateSucceeded' });
	return outputs;
}

interface Iteration {
	readonly state: MapState;
	readonly visit: Visit;
	readonly index: number;
	readonly item: Json;
}

async function iterate(run: Run, thread: Thread, iteration: Iteration): Promise<Json> {
	const { visit, index } = iteration;
	const tell = (line: Thread, what: string, again = '') =>
		record(run, line, {
			key: `${thread.key}/${what}${again}`,
			type: `MapIteration${what}`,
			details: { name: visit.name, index },
		});
	const started = tell(thread, 'Started');
	const again = `/${run.execution.redriveCount}`;
	try {
		const output = await run.visitStates(run, thread, await inputOf(run, thread, iteration, started.id));
		tell(thread, 'Succeeded');
		return output;
	} catch (error) {
		if (error instanceof StateError) tell(besides(thread), 'Failed', again);
		if (error instanceof SiblingFailed) tell(besides(thread, error.eventId), 'Aborted', again);
		throw error;
	}
}

async function inputOf(
	run: Run,
	thread: Thread,
	{ state, visit, item }: Iteration,
	startedEventId: number,
): Promise<Json> {
	const { ItemSelector } = state;
	if (ItemSelector === undefined) return item;
	const selecting = { ...visit, key: thread.key };
	const scope = scopeOf(run, thread, visit);
	return evaluateOnce(run, thread, selecting, 'ItemSelector', ItemSelector, scope, ANY, startedEventId);
}
