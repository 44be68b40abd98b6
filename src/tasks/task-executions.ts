import type { ChangingTask, Task, TaskError } from './task.ts';

/** Identifies the execution of a task. */
export type TaskExecution = ChangingTask & Pick<Task, 'type'>;

/** The port to the executions of accepted tasks. */
export interface TaskExecutions {
	/** Requests the end of the execution. `absent`: it does not exist. */
	stop(task: TaskExecution, reason: string): Promise<'stopped' | 'absent'>;
	/** Resumes the execution where it failed, once per end. `redriveCount` is the count at that end. */
	redrive(task: TaskExecution & Pick<Task, 'redriveCount'>): Promise<RedriveOutcome>;
	/** Returns the events of the execution so far; empty before its start. */
	history(task: TaskExecution): Promise<readonly HistoryEvent[]>;
	/** Returns the data in the input of the execution, or `undefined` if it does not exist. */
	readData(task: TaskExecution): Promise<{ readonly data: unknown } | undefined>;
}

/** The result of redriving an execution. */
export type RedriveOutcome =
	| { readonly kind: 'redriven'; readonly atMs: number }
	/** It runs, has succeeded, or ended more than 14 days ago. */
	| { readonly kind: 'notRedrivable' }
	| { readonly kind: 'absent' };

/** One event of an execution's history, reduced to the members that a timeline needs. */
export interface HistoryEvent {
	readonly id: number;
	readonly previousEventId: number;
	readonly atMs: number;
	/** Step Functions' name of the event, such as TaskStateEntered. */
	readonly type: string;
	readonly stateName?: string;
	/** JSON texts. */
	readonly input?: string;
	readonly output?: string;
	readonly error?: TaskError;
	/** The index of a Map iteration. */
	readonly mapIndex?: number;
}
