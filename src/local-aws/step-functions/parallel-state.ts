import type { Json } from '../json.ts';
import type { ParallelState } from './definition-schema.ts';
import { ANY, evaluateOnce } from './evaluate-field.ts';
import { firstAttempt } from './first-attempt.ts';
import { withRetry } from './outcome.ts';
import { type Run, record, scopeOf, type Thread, type Transition, type Visit } from './run.ts';
import { runSiblings } from './siblings.ts';

/** A Parallel: all branches at once, with the same input; its result is the list of their outputs. */
export function runParallel(
	run: Run,
	thread: Thread,
	state: ParallelState,
	visit: Visit,
): Promise<Transition> {
	const first = { ...visit, attempt: firstAttempt(run, visit) };
	return withRetry(run, thread, first, state, (tried) => tryBranches(run, thread, state, tried));
}

async function tryBranches(
	run: Run,
	thread: Thread,
	{ Arguments, Branches }: ParallelState,
	visit: Visit,
): Promise<Json> {
	const key = `${visit.key}/a${visit.attempt}`;
	const scope = scopeOf(run, thread, visit);
	const input =
		Arguments === undefined
			? visit.input
			: await evaluateOnce(run, thread, visit, 'Arguments', Arguments, scope, ANY);
	const started = record(run, thread, { key: `${key}/started`, type: 'ParallelStateStarted' });
	const outputs = await runSiblings(thread, {
		count: Branches.length,
		limit: Branches.length,
		threadOf(index, signal) {
			const branch = Branches[index];
			if (branch === undefined) throw new Error(`There is no branch ${index}.`);
			const variables = { ...thread.variables };
			return { ...thread, key: `${key}/b${index}`, branch, signal, variables, lastEventId: started.id };
		},
		runOne: (child) => run.visitStates(run, child, input),
	});
	record(run, thread, { key: `${key}/succeeded`, type: 'ParallelStateSucceeded' });
	return outputs;
}
