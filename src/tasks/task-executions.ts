import type { Task, TaskError, TaskIncarnation } from './task.ts';

/** What names a task's execution. */
export type TaskExecution = TaskIncarnation & Pick<Task, 'type'>;

/** What is asked of a task's execution once it may have been started. */
export interface TaskExecutions {
	/** Asks for its end; `absent`: it was never started. */
	stop(task: TaskExecution, reason: string): Promise<'stopped' | 'absent'>;
	/** Goes on from where it failed, once for each end; gives when that began. `redriveCount` is the end's. */
	redrive(
		task: TaskExecution & Pick<Task, 'redriveCount'>,
	): Promise<{ readonly kind: 'redriven'; readonly atMs: number } | { readonly kind: 'notRedrivable' }>;
	/** What has happened in it so far; empty before its start. */
	history(task: TaskExecution): Promise<readonly HistoryEvent[]>;
}

/** One event of an execution's history, as far as a timeline needs it. */
export interface HistoryEvent {
	readonly id: number;
	readonly previousEventId: number;
	readonly atMs: number;
	/** Step Functions' own word, such as TaskStateEntered. */
	readonly type: string;
	readonly stateName?: string;
	/** JSON texts. */
	readonly input?: string;
	readonly output?: string;
	readonly error?: TaskError;
	/** Which item of a Map an iteration is for. */
	readonly mapIndex?: number;
}
