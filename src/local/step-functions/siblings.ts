import type { Json } from './json.ts';
import { type Run, Stopped, type Thread } from './run.ts';

/**
 * Runs threads side by side, at most `limit` at a time. The first that fails stops the others, and its failure is thrown
 * once they have all come to rest. The parent goes on from the event of the one that ended last.
 */
export async function runSiblings(
	run: Run,
	parent: Thread,
	count: number,
	limit: number,
	runOne: (index: number, signal: AbortSignal) => Promise<{ output: Json; lastEventId: number }>,
): Promise<Json[]> {
	const stop = new AbortController();
	const signal = AbortSignal.any([parent.signal, stop.signal]);
	const outputs: Json[] = [];
	const failures: unknown[] = [];
	let next = 0;
	const worker = async () => {
		while (next < count && failures.length === 0) {
			const index = next++;
			try {
				const { output, lastEventId } = await runOne(index, signal);
				outputs[index] = output;
				parent.lastEventId = lastEventId;
			} catch (error) {
				failures.push(error);
				parent.lastEventId = run.history.events.length;
				stop.abort(new Stopped('A sibling has failed.'));
			}
		}
	};
	await Promise.allSettled(Array.from({ length: Math.min(limit, count) }, worker));
	if (failures.length > 0) throw failures.find((failure) => !(failure instanceof Stopped)) ?? failures[0];
	return outputs;
}
