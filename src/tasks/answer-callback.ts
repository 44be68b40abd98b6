import { type Callback, type CallbackAnswer, isOfTask } from './callback.ts';
import { type CallbackChange, type CallbackStore, changeCallback } from './callback-store.ts';
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

/**
 * Takes an answer, the first one: it is kept, and then handed on, so that of two at the same moment one is taken.
 * Whoever comes later helps to hand it on: who was to do it may have died over it.
 */
export function createCallbackAnswerer(dependencies: AnswerCallbackDependencies) {
	const { callbacks, now, log } = dependencies;
	return async (callbackKey: string, answer: CallbackAnswer): Promise<AnswerCallbackOutcome> => {
		const claim = await changeCallback(callbacks, callbackKey, (found) => claimOf(found, answer, now()));
		switch (claim.kind) {
			case 'refused':
				return claim.outcome;
			case 'kept':
				return { kind: 'taken', taskId: claim.callback.taskId };
			case 'first':
				return handOnOrGiveBack(dependencies, claim);
			case 'second':
				await handOn(dependencies, claim).catch((error: unknown) =>
					log.error('answer of another not handed on', { task_id: claim.callback.taskId, error }),
				);
				return { kind: 'used' };
		}
	};
}

/** An answer that is under way to an execution. */
interface Delivery {
	readonly callback: Callback;
	readonly token: string;
	readonly answer: CallbackAnswer;
}

type Claim =
	| { readonly kind: 'refused'; readonly outcome: AnswerCallbackOutcome }
	/** The task does not wait yet; it finds the answer when it begins to. */
	| { readonly kind: 'kept'; readonly callback: Callback }
	/** The task waits: for this answer, or for the one of somebody who came before. */
	| ({ readonly kind: 'first' | 'second' } & Delivery);

function claimOf(found: Callback | undefined, given: CallbackAnswer, nowMs: number): CallbackChange<Claim> {
	if (found === undefined) return { outcome: { kind: 'refused', outcome: { kind: 'unknown' } } };
	const { token, answer, deliveredAtMs, closedAtMs, deadlineAtMs } = found;
	if (answer === undefined) {
		if (closedAtMs !== undefined || deadlineAtMs <= nowMs)
			return { outcome: { kind: 'refused', outcome: { kind: 'late' } } };
		return {
			next: { ...found, answer: given },
			onceWritten: (callback) =>
				token === undefined ? { kind: 'kept', callback } : { kind: 'first', callback, token, answer: given },
		};
	}
	if (token === undefined || deliveredAtMs !== undefined || closedAtMs !== undefined)
		return { outcome: { kind: 'refused', outcome: { kind: 'used' } } };
	const second = (callback: Callback) => ({ kind: 'second', callback, token, answer }) as const;
	return found.helpedAtMs === undefined
		? { next: { ...found, helpedAtMs: nowMs }, onceWritten: second }
		: { outcome: second(found) };
}

/** The client is told to come again where it fails, so its next answer must find the key as it was. */
async function handOnOrGiveBack(
	dependencies: AnswerCallbackDependencies,
	delivery: Delivery,
): Promise<AnswerCallbackOutcome> {
	try {
		return await handOn(dependencies, delivery);
	} catch (error) {
		const { answer: _, ...unanswered } = delivery.callback;
		await dependencies.callbacks.swap(delivery.callback, unanswered);
		throw error;
	}
}

async function handOn(
	{ callbacks, store, resume, now, log }: AnswerCallbackDependencies,
	{ callback, token, answer }: Delivery,
): Promise<AnswerCallbackOutcome> {
	const { callbackKey, taskId } = callback;
	const taken = { kind: 'taken', taskId } as const;
	const outcome = await resume(token, answer);
	const told = await changeCallback<AnswerCallbackOutcome>(callbacks, callbackKey, (found) => {
		const isOurs = found !== undefined && isOfTask(found, callback);
		if (outcome === 'resumed')
			return isOurs && found.deliveredAtMs === undefined
				? { next: { ...found, deliveredAtMs: now() }, onceWritten: () => taken }
				: { outcome: taken };
		// It is late for the second of two who hand the same answer on; then the task has it all the same.
		if (isOurs && (found.deliveredAtMs !== undefined || found.helpedAtMs !== undefined))
			return { outcome: taken };
		return isOurs && found.closedAtMs === undefined
			? { next: { ...found, closedAtMs: now() }, onceWritten: () => ({ kind: 'late' }) }
			: { outcome: { kind: 'late' } };
	});
	await store
		.setWaitingFor(callback, undefined)
		.catch((error: unknown) => log.warn('waiting_for not removed', { task_id: taskId, error }));
	return told;
}
