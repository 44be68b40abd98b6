import type { Callback, CallbackAnswer } from './callback.ts';
import { isFree, isOfTask } from './callback.ts';
import { type CallbackStore, changeCallback } from './callback-store.ts';
import type { TaskIncarnation } from './task.ts';
import type { TaskStore } from './task-store.ts';

export interface AwaitedCallback {
	readonly task: TaskIncarnation;
	readonly callbackKey: string;
	/** Until when an answer is taken. */
	readonly deadlineAtMs: number;
}

/** Says that a task will wait for this key, so that an answer that comes early is kept. Another's key is left alone. */
export function createCallbackAnnouncer({
	callbacks,
	now,
}: {
	readonly callbacks: CallbackStore;
	readonly now: () => number;
}) {
	return ({ task, callbackKey, deadlineAtMs }: AwaitedCallback): Promise<'announced' | 'in-use'> =>
		changeCallback<'announced' | 'in-use'>(callbacks, callbackKey, (found) => {
			if (found !== undefined && isOfTask(found, task)) return { outcome: 'announced' };
			if (found !== undefined && !isFree(found, now())) return { outcome: 'in-use' };
			return { next: callbackOf(task, callbackKey, deadlineAtMs), onceWritten: () => 'announced' };
		});
}

export type AwaitCallbackOutcome =
	/** The execution waits; whoever answers resumes it. */
	| { readonly kind: 'waiting' }
	/** The answer came before; nobody will resume the execution. */
	| { readonly kind: 'answered'; readonly answer: CallbackAnswer }
	/** Another task has the key. */
	| { readonly kind: 'in-use' };

export interface AwaitCallbackDependencies {
	readonly callbacks: CallbackStore;
	readonly store: Pick<TaskStore, 'setWaitingFor'>;
	readonly now: () => number;
}

/** Keeps the token of an execution that waits for an answer. The task shows that it waits before anybody can answer. */
export function createCallbackAwaiter({ callbacks, store, now }: AwaitCallbackDependencies) {
	return async ({
		task,
		callbackKey,
		deadlineAtMs,
		token,
	}: AwaitedCallback & { readonly token: string }): Promise<AwaitCallbackOutcome> => {
		const waitingFor = { callbackKey, sinceMs: now(), expiresAtMs: deadlineAtMs };
		const decide = (found: Callback | undefined) => {
			if (found === undefined) return undefined;
			if (!isOfTask(found, task)) return isFree(found, now()) ? undefined : 'in-use';
			// What has made an earlier wait of the task go on, or came too late for it, is no answer to this one.
			const isSpent =
				found.token !== undefined && (found.deliveredAtMs !== undefined || found.closedAtMs !== undefined);
			return isSpent ? undefined : found.answer;
		};
		if (decide(await callbacks.find(callbackKey)) === undefined) await store.setWaitingFor(task, waitingFor);
		const outcome = await changeCallback<AwaitCallbackOutcome>(callbacks, callbackKey, (found) => {
			const standing = decide(found);
			if (standing === 'in-use') return { outcome: { kind: 'in-use' } };
			if (standing !== undefined && found !== undefined) {
				// Without its token, by which a step that dies now and is tried again knows that the answer is for it.
				const { token: _, ...untokened } = found;
				return {
					next: { ...untokened, deliveredAtMs: now() },
					onceWritten: () => ({ kind: 'answered', answer: standing }),
				};
			}
			return {
				next: { ...callbackOf(task, callbackKey, deadlineAtMs), token },
				onceWritten: () => ({ kind: 'waiting' }),
			};
		});
		if (outcome.kind !== 'waiting') await store.setWaitingFor(task, undefined);
		return outcome;
	};
}

/** Gives up a task's key once the task has ended, so that another may have it. */
export function createCallbackCloser({
	callbacks,
	now,
}: {
	readonly callbacks: CallbackStore;
	readonly now: () => number;
}) {
	return (task: TaskIncarnation, callbackKey: string): Promise<void> =>
		changeCallback(callbacks, callbackKey, (found) =>
			found === undefined || !isOfTask(found, task) || found.closedAtMs !== undefined
				? { outcome: undefined }
				: { next: { ...found, closedAtMs: now() }, onceWritten: () => undefined },
		);
}

function callbackOf(
	{ principal, taskId, createdAtMs }: TaskIncarnation,
	callbackKey: string,
	deadlineAtMs: number,
): Omit<Callback, 'version'> {
	return { callbackKey, principal, taskId, createdAtMs, deadlineAtMs };
}
