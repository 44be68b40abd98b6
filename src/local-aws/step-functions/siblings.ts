import type { Json } from '../json.ts';
import { SiblingFailed, type Thread } from './run.ts';

/** Threads that run side by side in one state. */
export interface Siblings {
	readonly count: number;
	/** How many run at the same time. */
	readonly limit: number;
	readonly threadOf: (index: number, signal: AbortSignal) => Thread;
	readonly runOne: (thread: Thread, index: number) => Promise<Json>;
}

/**
 * Runs threads side by side. The first that fails stops the others, and its failure is thrown once they have all come to
 * rest. The parent goes on from the event of the one that ended last, or from the failure's.
 */
export async function runSiblings(
	parent: Thread,
	{ count, limit, threadOf, runOne }: Siblings,
): Promise<Json[]> {
	const stop = new AbortController();
	const signal = AbortSignal.any([parent.signal, stop.signal]);
	const outputs: Json[] = [];
	const failures: { readonly error: unknown; readonly eventId: number }[] = [];
	let lastEventId = parent.lastEventId;
	let next = 0;
	const worker = async () => {
		while (next < count && !stop.signal.aborted) {
			const index = next++;
			const thread = threadOf(index, signal);
			try {
				outputs[index] = await runOne(thread, index);
				lastEventId = Math.max(lastEventId, thread.lastEventId);
			} catch (error) {
				failures.push({ error, eventId: thread.lastEventId });
				// After a restart one that was stopped is met before the failure that stopped it.
				if (error instanceof SiblingFailed) return;
				stop.abort(new SiblingFailed(thread.lastEventId));
			}
		}
	};
	await Promise.all(Array.from({ length: Math.min(limit, count) }, worker));
	const failure = failures.find(({ error }) => !(error instanceof SiblingFailed)) ?? failures[0];
	parent.lastEventId = failure?.eventId ?? lastEventId;
	if (failure !== undefined) throw failure.error;
	return outputs;
}

/** The thread as it was, for events beside its own line. */
export function besides(thread: Thread, lastEventId = thread.lastEventId): Thread {
	return { ...thread, lastEventId };
}
