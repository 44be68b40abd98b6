import type { Task, TaskError, TaskIncarnation } from './task.ts';

/** What names a task's execution. */
export type TaskExecution = TaskIncarnation & Pick<Task, 'type'>;

/** The outcome of a redrive. `absent`: the execution was never started. */
export type RedriveOutcome =
	| { readonly kind: 'redriven'; readonly atMs: number }
	| { readonly kind: 'notRedrivable' }
	| { readonly kind: 'absent' };

/** What is asked of a task's execution once it may have been started. */
export interface TaskExecutions {
	/** Asks for its end; `absent`: it was never started. */
	stop(task: TaskExecution, reason: string): Promise<'stopped' | 'absent'>;
	/** Resumes the execution where it failed, once for each end. `redriveCount` is that of the end. */
	redrive(task: TaskExecution & Pick<Task, 'redriveCount'>): Promise<RedriveOutcome>;
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
