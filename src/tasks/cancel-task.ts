import type { Log } from './log.ts';
import { isCancelRequested, isExpired, isTerminal, type Task, type TaskKey } from './task.ts';
import type { TaskExecutions } from './task-executions.ts';
import type { TaskStore } from './task-store.ts';

/** The result of a cancel request. */
export type CancelTaskOutcome =
	| { readonly kind: 'requested'; readonly task: Task }
	| { readonly kind: 'alreadyFinished' }
	| { readonly kind: 'expired' }
	| { readonly kind: 'notFound' };

/** The ports and functions that cancelling a task needs. */
export interface CancelTaskDependencies {
	readonly store: Pick<TaskStore, 'get' | 'requestCancel'>;
	readonly executions: Pick<TaskExecutions, 'stop'>;
	readonly now: () => number;
	readonly log: Log;
}

/**
 * Creates a function that requests the end of a task. The row stores the request before Step Functions gets it, so
 * that a concurrent start sees it. Only Step Functions' answer makes the task ABORTED.
 */
export function createTaskCanceller({ store, executions, now, log }: CancelTaskDependencies) {
	return async (
		key: TaskKey,
		reason = 'The task was cancelled by its client.',
	): Promise<CancelTaskOutcome> => {
		const found = await store.get(key);
		if (found === undefined) return { kind: 'notFound' };
		if (isExpired(found, now())) return { kind: 'expired' };
		if (isTerminal(found.status)) return { kind: 'alreadyFinished' };
		const task = isCancelRequested(found) ? found : await store.requestCancel(found, now());
		if (task === undefined) return { kind: 'alreadyFinished' };
		try {
			await executions.stop(task, reason);
		} catch (error) {
			// Best effort: the row keeps the request, and the reconciler or the next cancel retries it.
			log.error('execution not stopped', { task_id: task.taskId, error });
		}
		return { kind: 'requested', task };
	};
}
