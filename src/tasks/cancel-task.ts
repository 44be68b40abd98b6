import type { Log } from './log.ts';
import { CANCELLED } from './public-error.ts';
import { isStartExcluded } from './scheduled-start.ts';
import {
	isCancelRequested,
	isExpired,
	isTerminal,
	type Task,
	type TaskIncarnation,
	type TaskKey,
} from './task.ts';
import type { TaskExecutions } from './task-executions.ts';
import type { TaskStore } from './task-store.ts';
import type { ExecutionReport } from './transition.ts';

/** The result of a cancel request. */
export type CancelTaskOutcome =
	| { readonly kind: 'requested'; readonly task: Task }
	| { readonly kind: 'alreadyFinished' }
	| { readonly kind: 'expired' }
	| { readonly kind: 'notFound' };

/** The ports and functions that cancelling a task needs. */
export interface CancelTaskDependencies {
	readonly store: Pick<TaskStore, 'applyReport' | 'get' | 'requestCancel'>;
	readonly executions: Pick<TaskExecutions, 'stop'>;
	readonly closeCallback: (task: TaskIncarnation, callbackKey: string) => Promise<void>;
	readonly now: () => number;
	readonly log: Log;
}

/** The reason of a cancel whose client gave none. */
export const DEFAULT_CANCEL_REASON = 'The task was cancelled by its client.';

/** The report that ends a task without an execution, because it was cancelled before the time of its start. */
export function cancelledReport(task: Task, reason: string, nowMs: number): ExecutionReport {
	return {
		status: 'ABORTED',
		isInferred: true,
		redriveCount: task.redriveCount,
		stoppedAtMs: nowMs,
		error: { code: CANCELLED, message: reason },
	};
}

/**
 * Creates a function that requests the end of a task. The row stores the request before Step Functions gets it, so
 * that a concurrent start sees it. Only Step Functions' answer makes the task ABORTED, unless the time of its start is still ahead.
 */
export function createTaskCanceller(dependencies: CancelTaskDependencies) {
	const { store, executions, closeCallback, now, log } = dependencies;
	return async (key: TaskKey, reason = DEFAULT_CANCEL_REASON): Promise<CancelTaskOutcome> => {
		const found = await store.get(key);
		if (found === undefined) return { kind: 'notFound' };
		if (isExpired(found, now())) return { kind: 'expired' };
		if (isTerminal(found.status)) return { kind: 'alreadyFinished' };
		const task = isCancelRequested(found) ? found : await store.requestCancel(found, now());
		if (task === undefined) return { kind: 'alreadyFinished' };
		try {
			if (!isStartExcluded(task, now())) await executions.stop(task, reason);
			else {
				const ended = await store.applyReport(task, cancelledReport(task, reason, now()));
				if (task.callbackKey !== undefined) await closeCallback(task, task.callbackKey);
				if (ended !== undefined) return { kind: 'requested', task: ended };
			}
		} catch (error) {
			// Best effort: the row keeps the request, and the reconciler or the next cancel retries it.
			log.error('task not stopped', { task_id: task.taskId, error });
		}
		return { kind: 'requested', task };
	};
}
