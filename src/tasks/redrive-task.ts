import type { Log } from './log.ts';
import { firstCheckMs, isExpired, type Task, type TaskKey } from './task.ts';
import type { TaskExecutions } from './task-executions.ts';
import { taskMessage } from './task-message.ts';
import type { TaskPublisher } from './task-publisher.ts';
import type { TaskStore } from './task-store.ts';

export type RedriveTaskOutcome =
	| { readonly kind: 'redriven'; readonly task: Task }
	/** It runs, has succeeded, or ended too long ago for Step Functions. */
	| { readonly kind: 'notRedrivable' }
	| { readonly kind: 'expired' }
	| { readonly kind: 'notFound' };

export interface RedriveTaskDependencies {
	readonly store: TaskStore;
	readonly executions: TaskExecutions;
	readonly publisher: TaskPublisher;
	readonly now: () => number;
	readonly log: Log;
}

/** How long a finished row stays at the least while Step Functions takes the redrive up and tells of it. */
const KEEP_SECONDS = 15 * 60;

const REDRIVABLE: ReadonlySet<Task['status']> = new Set(['FAILED', 'TIMED_OUT', 'ABORTED']);

/** Whether a redrive of the task is to be thought of; Step Functions has the last word. */
export function isRedrivable({ status }: Task): boolean {
	return REDRIVABLE.has(status);
}

/** Goes on with a failed task from where it failed. An expired one is not brought back. */
export function createTaskRedriver({ store, executions, publisher, now, log }: RedriveTaskDependencies) {
	return async (key: TaskKey): Promise<RedriveTaskOutcome> => {
		const task = await store.get(key);
		if (task === undefined) return { kind: 'notFound' };
		if (isExpired(task, now())) return { kind: 'expired' };
		if (!isRedrivable(task)) return { kind: 'notRedrivable' };
		// First, so that between Step Functions' yes and our writing it down the row neither expires nor is forgotten.
		const expiresAtSeconds = Math.max(task.expiresAtSeconds ?? 0, Math.ceil(now() / 1000) + KEEP_SECONDS);
		if (!(await store.extendForRedrive(task, { expiresAtSeconds, checkAtMs: firstCheckMs(now()) })))
			return { kind: 'notRedrivable' };
		const answer = await executions.redrive(task);
		if (answer.kind === 'notRedrivable') return { kind: 'notRedrivable' };
		if (answer.kind === 'absent') return startAgain(task);
		const redriven = await store.applyReport(task, {
			status: 'RUNNING',
			redriveCount: task.redriveCount + 1,
			startedAtMs: task.startedAtMs ?? task.createdAtMs,
			redrivenAtMs: answer.atMs,
		});
		// Nothing to apply: the listener was faster, and the row may be further already.
		return { kind: 'redriven', task: redriven ?? (await store.get(key)) ?? task };
	};

	/** A task that never started is accepted anew, with the data that its row has kept. */
	async function startAgain(task: Task): Promise<RedriveTaskOutcome> {
		const pending = await store.resetToPending(task, now());
		if (pending === undefined) return { kind: 'notRedrivable' };
		try {
			await publisher.publish(taskMessage(pending), pending.traceparent);
		} catch (error) {
			log.error('task redriven but not published; the reconciler publishes it', {
				task_id: task.taskId,
				error,
			});
		}
		return { kind: 'redriven', task: pending };
	}
}
