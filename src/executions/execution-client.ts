import type { ExecutionStatus } from '../tasks/task.ts';
import type { TaskMessage } from '../tasks/task-message.ts';

/** An execution as Step Functions describes it; times are epoch milliseconds, input and output JSON texts. */
export interface ExecutionSnapshot {
	readonly status: ExecutionStatus;
	readonly input: string;
	readonly startedAtMs: number;
	readonly stoppedAtMs?: number;
	readonly redriveCount: number;
	readonly redrivenAtMs?: number;
	readonly output?: string;
	readonly error?: string;
	readonly cause?: string;
}

/** Where executions run: Step Functions. */
export interface ExecutionClient {
	/**
	 * Starts the task's execution, once. `already-started`: an earlier copy of this very message has started it, and it has
	 * ended; while it runs, Step Functions says to each copy that it is started.
	 * Throws {@link ExecutionMismatchError} where the name is taken by another input.
	 */
	start(message: TaskMessage, traceparent: string | undefined): Promise<'started' | 'already-started'>;
	/** The execution as it is, or undefined where there is none. */
	describe(executionArn: string): Promise<ExecutionSnapshot | undefined>;
}

/** An execution has the task's name and another input: two tasks claim one id, and somebody must look. */
export class ExecutionMismatchError extends Error {
	override readonly name = 'ExecutionMismatchError';
	readonly code = 'execution-mismatch';
}
