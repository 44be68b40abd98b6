import type { Log } from './log.ts';
import { pendingCheckMs, sendStartMessage } from './scheduled-start.ts';
import { firstCheckMs, isExpired, type Task, type TaskKey } from './task.ts';
import type { TaskExecutions } from './task-executions.ts';
import type { TaskPublisher } from './task-message.ts';
import type { TaskStore } from './task-store.ts';

/** The result of a request to redrive a task. */
export type RedriveTaskOutcome =
	| { readonly kind: 'redriven'; readonly task: Task }
	/** It is open, has succeeded, or ended too long ago for Step Functions. */
	| { readonly kind: 'notRedrivable' }
	| { readonly kind: 'expired' }
	| { readonly kind: 'notFound' };

/** The ports and functions that redriving a task needs. */
export interface RedriveTaskDependencies {
	readonly store: Pick<TaskStore, 'applyReport' | 'extendForRedrive' | 'get' | 'resetToPending'>;
	readonly executions: Pick<TaskExecutions, 'redrive'>;
	readonly publisher: TaskPublisher;
	readonly now: () => number;
	readonly log: Log;
}

/** The minimum life of a finished row during a redrive: Step Functions has to accept it and report it. */
const MIN_REDRIVE_SECONDS = 15 * 60;

const REDRIVABLE: ReadonlySet<Task['status']> = new Set(['FAILED', 'TIMED_OUT', 'ABORTED']);

/**
 * Returns whether a redrive would resume work: not for an execution that ended in a Fail state, which Step Functions would
 * only enter again, or that succeeded with an invalid result. Step Functions decides.
 */
export function isRedrivable({ status, error }: Pick<Task, 'status' | 'error'>): boolean {
	return REDRIVABLE.has(status) && error?.isFinal !== true;
}

/**
 * Creates a function that redrives a failed task: it resumes the execution where it failed, or starts it if it never
 * started. An expired task is not redriven.
 */
export function createTaskRedriver(dependencies: RedriveTaskDependencies) {
	const { store, executions, now } = dependencies;
	return async (key: TaskKey): Promise<RedriveTaskOutcome> => {
		const task = await store.get(key);
		if (task === undefined) return { kind: 'notFound' };
		if (isExpired(task, now())) return { kind: 'expired' };
		if (!isRedrivable(task)) return { kind: 'notRedrivable' };
		// Extended first, so that the row cannot expire between Step Functions' acceptance and our own write.
		const expiresAtSeconds = Math.max(
			task.expiresAtSeconds ?? 0,
			Math.ceil(now() / 1000) + MIN_REDRIVE_SECONDS,
		);
		if (!(await store.extendForRedrive(task, { expiresAtSeconds, checkAtMs: firstCheckMs(now()) })))
			return { kind: 'notRedrivable' };
		const outcome = await executions.redrive(task);
		if (outcome.kind === 'absent') return startTask(dependencies, task);
		if (outcome.kind === 'notRedrivable') return outcome;
		const redriven = await store.applyReport(task, {
			status: 'RUNNING',
			redriveCount: task.redriveCount + 1,
			startedAtMs: task.startedAtMs ?? task.createdAtMs,
			redrivenAtMs: outcome.atMs,
		});
		// The listener may have been faster, and the row may have advanced further.
		return { kind: 'redriven', task: redriven ?? (await store.get(key)) ?? task };
	};
}

/** Starts a task whose execution never started, as if it had just been accepted; a delayed one at its time. */
async function startTask(
	{ store, publisher, now, log }: RedriveTaskDependencies,
	task: Task,
): Promise<RedriveTaskOutcome> {
	const updatedAtMs = now();
	const checkAtMs = pendingCheckMs(task, updatedAtMs);
	const pending = await store.resetToPending(task, { updatedAtMs, checkAtMs });
	if (pending === undefined) return { kind: 'notRedrivable' };
	try {
		await sendStartMessage(publisher, pending, now());
	} catch (error) {
		// Best effort: the reconciler publishes it again.
		log.error('task redriven but not published', { task_id: task.taskId, error });
	}
	return { kind: 'redriven', task: pending };
}
