import type { Json } from '../../json.ts';
import type { MapState, ParallelState } from '../definition.ts';
import { StateError } from '../errors.ts';
import { ANY, ARRAY, evaluateAs, evaluateOnce, NON_NEGATIVE_INTEGER, recordFailure } from '../fields.ts';
import {
	createScope,
	forkThread,
	type Run,
	record,
	SiblingFailed,
	type Thread,
	type Transition,
	type Visit,
} from '../run.ts';
import { runWithRetry } from './transition.ts';

/** Runs a Parallel state: all branches concurrently with the same input. The result is the list of their outputs. */
export function runParallel(
	run: Run,
	thread: Thread,
	state: ParallelState,
	visit: Visit,
): Promise<Transition> {
	const first = { ...visit, attempt: firstAttempt(run, visit) };
	return runWithRetry(run, thread, first, state, (current) => runBranches(run, thread, state, current));
}

async function runBranches(
	run: Run,
	thread: Thread,
	{ Arguments, Branches }: ParallelState,
	visit: Visit,
): Promise<Json> {
	const key = `${visit.key}/a${visit.attempt}`;
	const scope = createScope(run, thread, visit);
	const field = { name: 'Arguments', template: Arguments ?? null, scope };
	const input = Arguments === undefined ? visit.input : await evaluateOnce(run, thread, visit, field, ANY);
	const started = record(run, thread, { key: `${key}/started`, type: 'ParallelStateStarted' });
	const outputs = await runSiblings(thread, {
		count: Branches.length,
		maxConcurrency: Branches.length,
		createThread(index, signal) {
			const branch = Branches[index];
			if (branch === undefined) throw new Error(`The Parallel state has no branch ${index}.`);
			const variables = { ...thread.variables };
			return { ...thread, key: `${key}/b${index}`, branch, signal, variables, lastEventId: started.id };
		},
		runOne: (child) => run.visitStates(run, child, input),
	});
	record(run, thread, { key: `${key}/succeeded`, type: 'ParallelStateSucceeded' });
	return outputs;
}

/** Concurrent iterations of an inline Map without a limit of its own (quota). */
const DEFAULT_MAX_CONCURRENCY = 40;

/** Runs an inline Map state: its processor once for each item. The result is the list of the outputs. */
export function runMap(run: Run, thread: Thread, state: MapState, visit: Visit): Promise<Transition> {
	const first = { ...visit, attempt: firstAttempt(run, visit) };
	return runWithRetry(run, thread, first, state, (current) => runItems(run, thread, state, current));
}

async function runItems(run: Run, thread: Thread, state: MapState, visit: Visit): Promise<Json> {
	const key = `${visit.key}/a${visit.attempt}`;
	const { MaxConcurrency = 0, ItemProcessor } = state;
	const items = await evaluateItems(run, thread, state, visit);
	const field = { name: 'MaxConcurrency', template: MaxConcurrency, scope: createScope(run, thread, visit) };
	const maxConcurrency = await evaluateAs(run, thread, visit, field, NON_NEGATIVE_INTEGER);
	const details = { length: items.length };
	const started = record(run, thread, { key: `${key}/started`, type: 'MapStateStarted', details });
	const outputs = await runSiblings(thread, {
		count: items.length,
		maxConcurrency: maxConcurrency === 0 ? DEFAULT_MAX_CONCURRENCY : maxConcurrency,
		createThread: (index, signal) => ({
			...thread,
			key: `${key}/i${index}`,
			branch: ItemProcessor,
			signal,
			map: { Item: { Index: index, Value: items[index] ?? null } },
			variables: { ...thread.variables },
			lastEventId: started.id,
		}),
		runOne: (child, index) => runIteration(run, child, { state, visit, index, item: items[index] ?? null }),
	});
	// On AWS the exit of a Map has the same previous event as its success.
	record(run, forkThread(thread), { key: `${key}/succeeded`, type: 'MapStateSucceeded' });
	return outputs;
}

/** Without `Items` the input is the list. It is data, so expressions in it are not evaluated. */
async function evaluateItems(
	run: Run,
	thread: Thread,
	{ Items }: MapState,
	visit: Visit,
): Promise<readonly Json[]> {
	if (Items !== undefined) {
		const field = { name: 'Items', template: Items, scope: createScope(run, thread, visit) };
		return evaluateOnce(run, thread, visit, field, ARRAY);
	}
	return recordFailure(run, thread, visit, 'Items', async () => {
		if (Array.isArray(visit.input)) return visit.input;
		throw new StateError(
			'States.QueryEvaluationError',
			`Map state input must be an array but was: ${JSON.stringify(visit.input)}`,
		);
	});
}

interface Iteration {
	readonly state: MapState;
	readonly visit: Visit;
	readonly index: number;
	readonly item: Json;
}

async function runIteration(run: Run, thread: Thread, iteration: Iteration): Promise<Json> {
	const { visit, index } = iteration;
	const recordIteration = (line: Thread, event: string, suffix = '') =>
		record(run, line, {
			key: `${thread.key}/${event}${suffix}`,
			type: `MapIteration${event}`,
			details: { name: visit.name, index },
		});
	const started = recordIteration(thread, 'Started');
	const suffix = `/${run.execution.redriveCount}`;
	try {
		const output = await run.visitStates(
			run,
			thread,
			await iterationInput(run, thread, iteration, started.id),
		);
		recordIteration(thread, 'Succeeded');
		return output;
	} catch (error) {
		if (error instanceof StateError) recordIteration(forkThread(thread), 'Failed', suffix);
		if (error instanceof SiblingFailed) recordIteration(forkThread(thread, error.eventId), 'Aborted', suffix);
		throw error;
	}
}

async function iterationInput(
	run: Run,
	thread: Thread,
	{ state, visit, item }: Iteration,
	startedEventId: number,
): Promise<Json> {
	const { ItemSelector } = state;
	if (ItemSelector === undefined) return item;
	const field = { name: 'ItemSelector', template: ItemSelector, scope: createScope(run, thread, visit) };
	return evaluateOnce(run, thread, { ...visit, key: thread.key }, field, ANY, startedEventId);
}

/**
 * Returns the attempt that a redrive continues: the last one, whose finished children keep their results, or a new one
 * if the outputs exceeded the data limit (Developer Guide, "Redrive behavior of individual states").
 */
function firstAttempt({ history, redrivenEventId, execution }: Run, { key }: Visit): number {
	let attempts = 0;
	while ((history.find(`${key}/a${attempts}/started`)?.id ?? Number.POSITIVE_INFINITY) < redrivenEventId)
		attempts++;
	if (attempts === 0) return 0;
	const { error } = history.find(`ended/${execution.redriveCount - 1}`)?.details ?? {};
	const wasTooLarge =
		error === 'States.DataLimitExceeded' && history.find(`${key}/a${attempts - 1}/succeeded`);
	return wasTooLarge ? attempts : attempts - 1;
}

/** Threads that run concurrently within one state. */
interface Siblings {
	readonly count: number;
	readonly maxConcurrency: number;
	readonly createThread: (index: number, signal: AbortSignal) => Thread;
	readonly runOne: (thread: Thread, index: number) => Promise<Json>;
}

/**
 * Runs threads concurrently. The first failure aborts the others and is thrown after all have ended. The parent
 * continues from the last event of the thread that ended last, or from the failure's event.
 */
async function runSiblings(
	parent: Thread,
	{ count, maxConcurrency, createThread, runOne }: Siblings,
): Promise<Json[]> {
	const stop = new AbortController();
	const signal = AbortSignal.any([parent.signal, stop.signal]);
	const outputs: Json[] = [];
	const failures: { readonly error: unknown; readonly eventId: number }[] = [];
	let lastEventId = parent.lastEventId;
	let next = 0;
	const work = async () => {
		while (next < count && !stop.signal.aborted) {
			const index = next++;
			const thread = createThread(index, signal);
			try {
				outputs[index] = await runOne(thread, index);
				lastEventId = Math.max(lastEventId, thread.lastEventId);
			} catch (error) {
				failures.push({ error, eventId: thread.lastEventId });
				// After a restart an aborted sibling can be replayed before the failure that aborted it.
				if (error instanceof SiblingFailed) return;
				stop.abort(new SiblingFailed(thread.lastEventId));
			}
		}
	};
	await Promise.all(Array.from({ length: Math.min(maxConcurrency, count) }, work));
	const failure = failures.find(({ error }) => !(error instanceof SiblingFailed)) ?? failures[0];
	parent.lastEventId = failure?.eventId ?? lastEventId;
	if (failure !== undefined) throw failure.error;
	return outputs;
}
