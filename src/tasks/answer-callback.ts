import { isDeepStrictEqual } from 'node:util';
import {
	type Callback,
	type CallbackAnswer,
	type CallbackChange,
	type CallbackId,
	type CallbackStore,
	changeCallback,
	isOfTask,
} from './callbacks.ts';
import type { Log } from './log.ts';
import { isCancelRequested } from './task.ts';
import type { TaskStore } from './task-store.ts';

/** Size of an answer's `output`, in bytes of serialised JSON. A state of Step Functions holds 256 KiB in total. */
export const MAX_OUTPUT_BYTES = 200 * 1024;

/**
 * Resumes the execution that waits with this token. `ended`: the state does not wait any more. `endedAfterRetry`: the
 * same, but an earlier attempt of this call had no response, so that this very answer may have ended the wait.
 */
export type ResumeExecution = (
	token: string,
	answer: CallbackAnswer,
) => Promise<'resumed' | 'ended' | 'endedAfterRetry'>;

/** The result of answering a callback. */
export type AnswerCallbackOutcome =
	/** The task has received the answer, or receives it as soon as it waits. */
	| { readonly kind: 'accepted'; readonly taskId: string }
	/** The principal has no callback with this key. */
	| { readonly kind: 'unknown' }
	| { readonly kind: 'alreadyAnswered' }
	/** The task is no longer waiting. */
	| { readonly kind: 'expired' }
	/** The output exceeds {@link MAX_OUTPUT_BYTES}; nothing was stored. */
	| { readonly kind: 'tooLarge' };

/** The ports that answering a callback needs. */
export interface AnswerCallbackDependencies {
	readonly callbacks: CallbackStore;
	readonly store: Pick<TaskStore, 'get' | 'setWaitingFor'>;
	readonly resume: ResumeExecution;
	readonly now: () => number;
	readonly log: Log;
}

/**
 * Accepts the first answer to a callback; with `isExpected`, only while the callback is the expected one. The answer is
 * stored before it is delivered, so that of two concurrent answers one is accepted. A later request retries the delivery in
 * case the first invocation crashed.
 */
export function createCallbackAnswerer(dependencies: AnswerCallbackDependencies) {
	const { callbacks, now, log } = dependencies;
	return async (
		id: CallbackId,
		answer: CallbackAnswer,
		isExpected: (callback: Callback) => boolean = () => true,
	): Promise<AnswerCallbackOutcome> => {
		if (isTooLarge(answer.output)) return { kind: 'tooLarge' };
		const decision = await changeCallback(callbacks, id, (found) =>
			found !== undefined && !isExpected(found) ? refused('expired') : decide(found, answer, now()),
		);
		switch (decision.kind) {
			case 'refused':
				return decision.outcome;
			case 'kept':
				return { kind: 'accepted', taskId: decision.callback.taskId };
			case 'delivery':
			case 'ownRedelivery':
				return deliverOrMarkFailed(dependencies, decision);
			case 'redelivery': {
				const outcome = await deliver(dependencies, decision).catch((error: unknown) =>
					log.error('stored callback answer not redelivered', { task_id: decision.callback.taskId, error }),
				);
				return outcome?.kind === 'expired' ? outcome : { kind: 'alreadyAnswered' };
			}
		}
	};
}

function isTooLarge(output: unknown): boolean {
	return output !== undefined && Buffer.byteLength(JSON.stringify(output)) > MAX_OUTPUT_BYTES;
}

interface Delivery {
	readonly kind: 'delivery' | 'ownRedelivery' | 'redelivery';
	readonly callback: Callback;
	readonly token: string;
	readonly answer: CallbackAnswer;
}

type Decision =
	| { readonly kind: 'refused'; readonly outcome: AnswerCallbackOutcome }
	/** The task does not wait yet and finds the answer when it does. */
	| { readonly kind: 'kept'; readonly callback: Callback }
	| Delivery;

/** An invocation ends within 29 seconds. An answer that is still undelivered after that has no other request at work. */
const ABANDONED_DELIVERY_MS = 30_000;

function decide(found: Callback | undefined, given: CallbackAnswer, nowMs: number): CallbackChange<Decision> {
	if (found === undefined) return refused('unknown');
	const { token, answer, deliveredAtMs, deliveryFailedAtMs, closedAtMs, deadlineAtMs } = found;
	if (deliveredAtMs !== undefined) return refused('alreadyAnswered');
	if (answer === undefined) {
		if (closedAtMs !== undefined || deadlineAtMs <= nowMs) return refused('expired');
		return {
			next: { ...found, answer: given },
			onceWritten: (callback) =>
				token === undefined
					? { kind: 'kept', callback }
					: { kind: 'delivery', callback, token, answer: given },
		};
	}
	if (token === undefined) return refused(closedAtMs === undefined ? 'alreadyAnswered' : 'expired');
	const isAbandoned = deliveryFailedAtMs !== undefined || nowMs - answer.atMs > ABANDONED_DELIVERY_MS;
	const kind = isAbandoned && isSameAnswer(answer, given) ? 'ownRedelivery' : 'redelivery';
	const redelivery = (callback: Callback): Decision => ({ kind, callback, token, answer });
	return found.redeliveryStartedAtMs === undefined
		? { next: { ...found, redeliveryStartedAtMs: nowMs }, onceWritten: redelivery }
		: { outcome: redelivery(found) };
}

function refused(kind: 'unknown' | 'alreadyAnswered' | 'expired'): CallbackChange<Decision> {
	return { outcome: { kind: 'refused', outcome: { kind } } };
}

/** Whether a client repeats its answer, which it does after a 503, perhaps from another address. */
function isSameAnswer(stored: CallbackAnswer, given: CallbackAnswer): boolean {
	const comparable = (answer: CallbackAnswer) => ({
		...answer,
		answeredBy: { ...answer.answeredBy, address: undefined },
		atMs: undefined,
	});
	return isDeepStrictEqual(comparable(stored), comparable(given));
}

/** The answer stays stored after a failure, since Step Functions may have applied it before the connection broke. */
async function deliverOrMarkFailed(
	dependencies: AnswerCallbackDependencies,
	delivery: Delivery,
): Promise<AnswerCallbackOutcome> {
	try {
		return await deliver(dependencies, delivery);
	} catch (error) {
		const { callbacks, now, log } = dependencies;
		const { callback } = delivery;
		await changeCallback(callbacks, callback, (found) =>
			found !== undefined && isOfTask(found, callback) && found.token === delivery.token
				? { next: { ...found, deliveryFailedAtMs: now() }, onceWritten: () => undefined }
				: { outcome: undefined },
		).catch((cause: unknown) =>
			log.warn('callback not marked as undelivered', { task_id: callback.taskId, error: cause }),
		);
		throw error;
	}
}

async function deliver(
	dependencies: AnswerCallbackDependencies,
	delivery: Delivery,
): Promise<AnswerCallbackOutcome> {
	const { callbacks, store, resume, now, log } = dependencies;
	const { callback, token, answer } = delivery;
	const { taskId } = callback;
	const resumed = await resume(token, answer);
	const isApplied = resumed === 'resumed' || (await wasAppliedEarlier(dependencies, delivery, resumed));
	const outcome: AnswerCallbackOutcome = isApplied ? { kind: 'accepted', taskId } : { kind: 'expired' };
	await changeCallback(callbacks, callback, (found) => {
		if (found === undefined || !isOfTask(found, callback) || found.token !== token)
			return { outcome: undefined };
		if (isApplied)
			return found.deliveredAtMs === undefined
				? { next: { ...found, deliveredAtMs: now() }, onceWritten: () => undefined }
				: { outcome: undefined };
		if (found.deliveredAtMs !== undefined) return { outcome: undefined };
		// Without its answer the callback stays expired.
		const { answer: _, ...unanswered } = found;
		return { next: { ...unanswered, closedAtMs: found.closedAtMs ?? now() }, onceWritten: () => undefined };
	});
	await store
		.setWaitingFor(callback, undefined)
		.catch((error: unknown) => log.warn('waiting_for not removed', { task_id: taskId, error }));
	return outcome;
}

/**
 * Whether an earlier attempt ended the wait with this very answer. The token is known to this service only, so the wait
 * ended by the answer unless the task was stopped or ran out of time.
 */
async function wasAppliedEarlier(
	{ callbacks, store, now }: AnswerCallbackDependencies,
	{ kind, callback, token }: Delivery,
	resumed: 'ended' | 'endedAfterRetry',
): Promise<boolean> {
	const found = await callbacks.find(callback);
	if (found === undefined || !isOfTask(found, callback) || found.token !== token) return false;
	if (found.deliveredAtMs !== undefined) return true;
	const wasAttempted =
		resumed === 'endedAfterRetry' || kind !== 'delivery' || found.redeliveryStartedAtMs !== undefined;
	if (!wasAttempted || found.deadlineAtMs <= now()) return false;
	const task = await store.get(callback);
	return (
		task !== undefined &&
		isOfTask(callback, task) &&
		task.status !== 'ABORTED' &&
		task.status !== 'TIMED_OUT' &&
		!isCancelRequested(task)
	);
}
