import type { Log } from './log.ts';
import { isCancelRequested, isExpired, isTerminal, type Task, type TaskKey } from './task.ts';
import type { TaskExecutions } from './task-executions.ts';
import type { TaskStore } from './task-store.ts';

export type CancelTaskOutcome =
	| { readonly kind: 'requested'; readonly task: Task }
	| { readonly kind: 'alreadyFinished' }
	| { readonly kind: 'expired' }
	| { readonly kind: 'notFound' };

export interface CancelTaskDependencies {
	readonly store: TaskStore;
	readonly executions: TaskExecutions;
	readonly now: () => number;
	readonly log: Log;
}

/**
 * Asks for a task's end. The row keeps the request before Step Functions is asked, so that whoever starts the execution
 * meanwhile sees it; only Step Functions' answer makes the task ABORTED.
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
			// The request stands in the row: the reconciler, or the next cancel, asks again.
			log.error('execution not stopped', { task_id: task.taskId, error });
		}
		return { kind: 'requested', task };
	};
}
