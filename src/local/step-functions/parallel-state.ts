import type { ParallelState } from './definition-schema.ts';
import { firstAttempt } from './first-attempt.ts';
import { withRetry } from './outcome.ts';
import { evaluateField, type Run, record, scopeOf, type Thread, type Transition, type Visit } from './run.ts';
import { runSiblings } from './siblings.ts';
import { StateError } from './state-error.ts';

/** A Parallel: all branches at once, with the same input; its result is the list of their outputs. */
export function runParallel(
	run: Run,
	thread: Thread,
	state: ParallelState,
	visit: Visit,
): Promise<Transition> {
	return withRetry(
		run,
		thread,
		visit,
		state,
		firstAttempt(run, visit),
		async ({ index: attempt, retryCount }) => {
			const key = `${visit.key}/a${attempt}`;
			const scope = scopeOf(run, thread, visit, { retryCount });
			const input =
				state.Arguments === undefined
					? visit.input
					: await evaluateField(run, thread, visit, 'Arguments', state.Arguments, scope);
			const started = record(run, thread, { key: `${key}/started`, type: 'ParallelStateStarted' });
			try {
				const outputs = await runSiblings(
					run,
					thread,
					state.Branches.length,
					state.Branches.length,
					async (index, signal) => {
						const branch = state.Branches[index];
						if (branch === undefined) throw new Error(`There is no branch ${index}.`);
						const child: Thread = {
							...thread,
							key: `${key}/b${index}`,
							branch,
							signal,
							variables: { ...thread.variables },
							lastEventId: started.id,
						};
						const output = await run.visitStates(run, child, input);
						return { output, lastEventId: child.lastEventId };
					},
				);
				record(run, thread, { key: `${key}/succeeded`, type: 'ParallelStateSucceeded' });
				return outputs;
			} catch (error) {
				if (error instanceof StateError) {
					const details = { error: error.error, ...(error.why === undefined ? {} : { cause: error.why }) };
					record(run, thread, {
						key: `${key}/failed/${run.execution.redriveCount}`,
						type: 'ParallelStateFailed',
						details,
					});
				}
				throw error;
			}
		},
	);
}
