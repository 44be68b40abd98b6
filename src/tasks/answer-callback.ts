import type { Callback, CallbackAnswer } from './callback.ts';
import { type CallbackStore, changeCallback } from './callback-store.ts';
import type { Log } from './log.ts';
import type { TaskStore } from './task-store.ts';

/** Resumes the execution that waits for an answer. `late`: it waits no more. */
export type ResumeExecution = (token: string, answer: CallbackAnswer) => Promise<'resumed' | 'late'>;

export type AnswerCallbackOutcome =
	/** The task has the answer, or gets it as soon as it waits for it. */
	| { readonly kind: 'taken'; readonly taskId: string }
	| { readonly kind: 'unknown' }
	| { readonly kind: 'used' }
	| { readonly kind: 'late' };

export interface AnswerCallbackDependencies {
	readonly callbacks: CallbackStore;
	readonly store: Pick<TaskStore, 'setWaitingFor'>;
	readonly resume: ResumeExecution;
	readonly now: () => number;
	readonly log: Log;
}

/** After this an answer that was taken and not delivered was left behind by a function that died, and may be sent again. */
const ABANDONED_MS = 60_000;

/** Takes an answer, once: it is kept first and handed on then, so that of two at the same moment one is taken. */
export function createCallbackAnswerer(dependencies: AnswerCallbackDependencies) {
	const { callbacks, now } = dependencies;
	return async (callbackKey: string, answer: CallbackAnswer): Promise<AnswerCallbackOutcome> => {
		const claimed = await changeCallback<AnswerCallbackOutcome | Callback>(
			callbacks,
			callbackKey,
			(found) => {
				const refusal = refuse(found, now());
				if (found === undefined || refusal !== undefined) return { outcome: refusal ?? { kind: 'unknown' } };
				return { next: { ...found, answer }, onceWritten: (written) => written };
			},
		);
		if ('kind' in claimed) return claimed;
		const { token, taskId } = claimed;
		// Without a token the task does not wait yet: it finds the answer when it begins to.
		if (token === undefined) return { kind: 'taken', taskId };
		return deliver(dependencies, claimed, { token, answer });
	};
}

function refuse(found: Callback | undefined, nowMs: number): AnswerCallbackOutcome | undefined {
	if (found === undefined) return { kind: 'unknown' };
	const { answer, deliveredAtMs, closedAtMs, deadlineAtMs, token } = found;
	const isAbandoned =
		answer !== undefined &&
		token !== undefined &&
		deliveredAtMs === undefined &&
		nowMs - answer.atMs > ABANDONED_MS;
	if (answer !== undefined && !isAbandoned) return { kind: 'used' };
	if (closedAtMs !== undefined || deadlineAtMs <= nowMs) return { kind: 'late' };
	return undefined;
}

async function deliver(
	{ callbacks, store, resume, now, log }: AnswerCallbackDependencies,
	callback: Callback,
	{ token, answer }: { readonly token: string; readonly answer: CallbackAnswer },
): Promise<AnswerCallbackOutcome> {
	let outcome: 'resumed' | 'late';
	try {
		outcome = await resume(token, answer);
	} catch (error) {
		// The client is told to come again, so its next answer must find the key as it was.
		const { answer: _, ...unanswered } = callback;
		await callbacks.swap(callback, unanswered);
		throw error;
	}
	const { closedAtMs = now() } = callback;
	await callbacks.swap(
		callback,
		outcome === 'resumed' ? { ...callback, deliveredAtMs: now() } : { ...callback, closedAtMs },
	);
	await store
		.setWaitingFor(callback, undefined)
		.catch((error: unknown) => log.warn('waiting_for not removed', { task_id: callback.taskId, error }));
	return outcome === 'resumed' ? { kind: 'taken', taskId: callback.taskId } : { kind: 'late' };
}
