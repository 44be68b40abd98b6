import type { ChangingTask, Progress, Task, TaskIncarnation, TaskKey } from './task.ts';
import type { TaskPage, TaskQuery } from './task-list.ts';
import type { ExecutionReport } from './transition.ts';

/**
 * The port to the rows of tasks. Every method of a client's request gets the principal: the task of another principal
 * looks like a missing one. Methods throw `ServiceUnavailableError` if the storage is unavailable.
 */
export interface TaskStore {
	/** Writes the row unless an unexpired one with its key exists. */
	create(task: Task): Promise<'created' | 'exists'>;
	/** Returns the latest row, also an expired one that still exists. */
	get(key: TaskKey): Promise<Task | undefined>;
	/**
	 * Applies `transition` in one conditional update and returns the row after it, or `undefined` if the row is as
	 * recent, belongs to another creation, has expired, or does not exist. The deliveries of an end are written in the same
	 * transaction: one for each webhook of the task that receives the event and has no delivery of it.
	 */
	applyReport(task: ChangingTask, report: ExecutionReport): Promise<Task | undefined>;
	/**
	 * Stores a cancel request for the current run and schedules a check within a minute.
	 * `undefined`: the run has ended, or the row does not exist.
	 */
	requestCancel(task: TaskIncarnation & Pick<Task, 'redriveCount'>, atMs: number): Promise<Task | undefined>;
	/**
	 * Extends the life of a finished row and schedules a check, because a redrive is about to begin.
	 * Returns `false` if the row has expired, was redriven by another request, or does not exist.
	 */
	extendForRedrive(
		task: TaskIncarnation & Pick<Task, 'statusOrder'>,
		times: Required<Pick<Task, 'expiresAtSeconds' | 'checkAtMs'>>,
	): Promise<boolean>;
	/**
	 * Makes a finished task that never started pending again, without its cancel request, and returns its row.
	 * `undefined`: the row has changed since it was read, has expired, has no data, or does not exist.
	 */
	resetToPending(
		task: TaskIncarnation & Pick<Task, 'statusOrder'>,
		times: Required<Pick<Task, 'updatedAtMs' | 'checkAtMs'>>,
	): Promise<Task | undefined>;
	/**
	 * Shows or hides the callback that an open task waits for; no-op for an ended or missing task. The deliveries of
	 * `task.waiting` are written in the same transaction.
	 */
	setWaitingFor(task: ChangingTask, waitingFor: Task['waitingFor']): Promise<void>;
	/**
	 * Stores the progress of a running task in one conditional update. `ignored`: the task does not run, belongs to
	 * another creation, reports more already, or reported less than `PROGRESS_INTERVAL_MS` ago.
	 */
	reportProgress(task: TaskIncarnation, progress: Progress, nowMs: number): Promise<'applied' | 'ignored'>;
	/**
	 * Finds tasks of all principals whose check is due, in no order. Of a long backlog it returns thousands of the most
	 * overdue and thousands of the latest, so that no backlog hides the task of another principal.
	 */
	findDueTasks(nowMs: number): Promise<DueTasks>;
	/** Schedules the next reconciliation check; no-op if none is pending. */
	scheduleCheck(task: TaskIncarnation, checkAtMs: number): Promise<void>;
	/** Removes the scheduled check of an ended task; no-op if its status or the check has changed since. */
	cancelCheck(task: TaskIncarnation & Required<Pick<Task, 'statusOrder' | 'checkAtMs'>>): Promise<void>;
	/** Returns a page of a principal's tasks, newest first. */
	list(principal: string, query: TaskQuery): Promise<TaskPage>;
}

/** The key of a task whose check is due. */
export type DueTask = TaskKey & Required<Pick<Task, 'checkAtMs'>>;

/** Due tasks, and the errors of the parts of the store that could not be read. */
export interface DueTasks {
	readonly tasks: readonly DueTask[];
	readonly errors: readonly unknown[];
}
