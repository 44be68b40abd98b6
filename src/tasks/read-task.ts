import { claimedKey } from './claim-check.ts';
import { isExpired, isTerminal, type Task, type TaskKey } from './task.ts';
import type { TaskStore } from './task-store.ts';

/** The result of reading a task. */
export type GetTaskOutcome =
	| { readonly kind: 'found'; readonly task: Task }
	| { readonly kind: 'expired' }
	| { readonly kind: 'notFound' };

/** Creates a function that reads a principal's task. A task is expired even if DynamoDB has not deleted it yet. */
export function createTaskGetter({ store, now }: { store: Pick<TaskStore, 'get'>; now: () => number }) {
	return async (key: TaskKey): Promise<GetTaskOutcome> => {
		const task = await store.get(key);
		if (task === undefined) return { kind: 'notFound' };
		return isExpired(task, now()) ? { kind: 'expired' } : { kind: 'found', task };
	};
}

/** The functions that waiting for a task needs. */
export interface WaitForTaskDependencies {
	readonly getTask: (key: TaskKey) => Promise<GetTaskOutcome>;
	readonly now: () => number;
	/** Resolves after the time, or at once when the signal aborts. */
	readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** A wait for a change of a task. */
export interface TaskWait {
	/** The maximum time to wait. */
	readonly ms: number;
	/** Whether the task has the state that the client waits for. */
	readonly isDone: (task: Task) => boolean | Promise<boolean>;
	/** Aborts when the client no longer waits. */
	readonly signal: AbortSignal;
}

/** The interval between two reads, and so the maximum delay with which a change is seen. */
const POLL_INTERVAL_MS = 200;

/** Creates a function that polls a task until it is done, absent, or the time is over, and returns the last read. */
export function createTaskWaiter({ getTask, now, sleep }: WaitForTaskDependencies) {
	return async (key: TaskKey, { ms, isDone, signal }: TaskWait): Promise<GetTaskOutcome> => {
		const untilMs = now() + ms;
		for (;;) {
			const outcome = await getTask(key);
			const leftMs = untilMs - now();
			if (outcome.kind !== 'found' || leftMs <= 0 || signal.aborted) return outcome;
			if (await isDone(outcome.task)) return outcome;
			await sleep(Math.min(POLL_INTERVAL_MS, leftMs), signal);
		}
	};
}

/** The result of a succeeded task: its value, or the key of the object that contains it. */
export type TaskResultOutcome =
	| { readonly kind: 'inline'; readonly task: Task; readonly result: unknown }
	| { readonly kind: 'stored'; readonly objectKey: string }
	/** The task is still open. */
	| { readonly kind: 'open' }
	/** The task ended without success. */
	| { readonly kind: 'noResult' }
	| Exclude<GetTaskOutcome, { readonly kind: 'found' }>;

/** Creates a function that reads the result of a principal's task. */
export function createResultReader({ getTask }: Pick<WaitForTaskDependencies, 'getTask'>) {
	return async (key: TaskKey): Promise<TaskResultOutcome> => {
		const outcome = await getTask(key);
		if (outcome.kind !== 'found') return outcome;
		const { task } = outcome;
		if (!isTerminal(task.status)) return { kind: 'open' };
		if (task.status !== 'SUCCEEDED') return { kind: 'noResult' };
		const objectKey = claimedKey(task.result, task);
		return objectKey === undefined
			? { kind: 'inline', task, result: task.result }
			: { kind: 'stored', objectKey };
	};
}
