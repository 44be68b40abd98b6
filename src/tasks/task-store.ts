import type { Progress } from './progress.ts';
import type { Task, TaskIncarnation, TaskKey } from './task.ts';
import type { TaskPage, TaskQuery } from './task-list.ts';
import type { ExecutionReport } from './transition.ts';

/** Where tasks are kept. Every method names the principal: a foreign task and a missing one look the same. */
export interface TaskStore {
	/** Puts the task unless a row with its key is there that has not expired. */
	create(task: Task): Promise<'created' | 'exists'>;
	/** The row as last written, an expired one too while it is still there. */
	get(key: TaskKey): Promise<Task | undefined>;
	/**
	 * Writes what `transition` makes of the report, in one conditional update, and gives the row after it;
	 * undefined where the row is as far or further, is of another creation, has expired, or is not there.
	 */
	applyReport(task: TaskIncarnation, report: ExecutionReport): Promise<Task | undefined>;
	/**
	 * Records that the client wants the task to end, and schedules a check within a minute. Returns `undefined` if the task
	 * has ended or does not exist.
	 */
	requestCancel(task: TaskIncarnation & Pick<Task, 'redriveCount'>, atMs: number): Promise<Task | undefined>;
	/**
	 * Lets a finished task expire later and be looked at, since it is about to be redriven.
	 * False where it has expired, was redriven meanwhile, or is not there.
	 */
	extendForRedrive(
		task: TaskIncarnation & Pick<Task, 'statusOrder'>,
		times: Required<Pick<Task, 'expiresAtSeconds' | 'checkAtMs'>>,
	): Promise<boolean>;
	/**
	 * Makes a finished task that never started pending again, without its cancel request, and returns its row. Returns
	 * `undefined` if the row has changed since it was read, has expired, or holds no data to start with.
	 */
	resetToPending(task: TaskIncarnation & Pick<Task, 'statusOrder'>, atMs: number): Promise<Task | undefined>;
	/** Shows what a task under way waits for, or no longer; an ended task, or one that is not there, is left as it is. */
	setWaitingFor(task: TaskIncarnation, waitingFor: Task['waitingFor']): Promise<void>;
	/**
	 * Keeps how far a running task is, in one conditional update that leaves the status alone.
	 * `ignored`: the row does not run, is of another creation or not there, says more already, or heard of it less than
	 * `PROGRESS_INTERVAL_MS` ago.
	 */
	reportProgress(task: TaskIncarnation, progress: Progress, nowMs: number): Promise<'applied' | 'ignored'>;
	/**
	 * Finds tasks of all principals whose check is due, in no order. Of a long backlog it returns some thousand of the most
	 * overdue and some thousand of the latest, so that no backlog hides the task of another principal.
	 */
	findDueTasks(nowMs: number): Promise<DueTasks>;
	/** Says when a task is to be looked at again; one that need not be looked at is left alone. */
	scheduleCheck(task: TaskIncarnation, checkAtMs: number): Promise<void>;
	/** An ended task need not be looked at again, unless its status or the time of its look has changed since. */
	cancelCheck(task: TaskIncarnation & Required<Pick<Task, 'statusOrder' | 'checkAtMs'>>): Promise<void>;
	/** A principal's tasks, newest first, from after a position; see {@link TaskPage}. */
	list(principal: string, query: TaskQuery): Promise<TaskPage>;
}

/** The key of a task whose check is due. */
export type DueTask = TaskKey & Required<Pick<Task, 'checkAtMs'>>;

/** Due tasks, and the errors of the parts of the store that could not be read. */
export interface DueTasks {
	readonly tasks: readonly DueTask[];
	readonly errors: readonly unknown[];
}
