import type { GetTaskOutcome } from './get-task.ts';
import type { Task, TaskKey } from './task.ts';

export interface WaitForTaskDependencies {
	readonly getTask: (key: TaskKey) => Promise<GetTaskOutcome>;
	readonly now: () => number;
	/** Resolves after that time, or at once when the signal aborts. */
	readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
}

export interface TaskWait {
	/** For how long to wait at most. */
	readonly ms: number;
	/** Whether the task is what the client waits for. */
	readonly isDone: (task: Task) => boolean;
	/** Aborts when nobody waits any more. */
	readonly signal: AbortSignal;
}

/** A change is seen this much later at most, plus the read. */
const POLL_INTERVAL_MS = 200;

/** Looks at a task until it is enough, has gone, or the time is over; the last look is the answer. */
export function createTaskWaiter({ getTask, now, sleep }: WaitForTaskDependencies) {
	return async (key: TaskKey, { ms, isDone, signal }: TaskWait): Promise<GetTaskOutcome> => {
		const untilMs = now() + ms;
		for (;;) {
			const outcome = await getTask(key);
			const leftMs = untilMs - now();
			if (outcome.kind !== 'found' || isDone(outcome.task) || leftMs <= 0 || signal.aborted) return outcome;
			await sleep(Math.min(POLL_INTERVAL_MS, leftMs), signal);
		}
	};
}
