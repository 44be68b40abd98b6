import type { Progress } from './progress.ts';
import type { Task, TaskIncarnation, TaskKey } from './task.ts';
import type { ExecutionReport } from './transition.ts';

/** Where tasks are kept. Every method names the principal: a foreign task and a missing one look the same. */
export interface TaskStore {
	/** Puts the task unless a row with its key is there. */
	create(task: Task): Promise<'created' | 'exists'>;
	/** The row as last written, an expired one too while it is still there. */
	get(key: TaskKey): Promise<Task | undefined>;
	/**
	 * Writes what `transition` makes of the report, in one conditional update.
	 * `ignored`: the row is as far or further, is of another creation, or is not there.
	 */
	applyReport(task: TaskIncarnation, report: ExecutionReport): Promise<'applied' | 'ignored'>;
	/**
	 * Keeps how far a running task is, in one conditional update that leaves the status alone.
	 * `ignored`: the row does not run, is of another creation or not there, says more already, or heard of it less than
	 * `PROGRESS_INTERVAL_MS` ago.
	 */
	reportProgress(task: TaskIncarnation, progress: Progress, nowMs: number): Promise<'applied' | 'ignored'>;
}
