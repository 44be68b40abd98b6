import * as Type from 'typebox';
import { parseJson } from '../parse.ts';
import { type DeclaredErrors, publicError } from '../tasks/public-error.ts';
import type { ExecutionStatus, Task } from '../tasks/task.ts';
import type { TaskMessage } from '../tasks/task-message.ts';
import type { ExecutionReport } from '../tasks/transition.ts';

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

/** The outcome of a start. `alreadyStarted`: an earlier copy of the message started the execution, which has ended. */
export type StartOutcome =
	| { readonly kind: 'started' }
	| { readonly kind: 'alreadyStarted' }
	/** Step Functions will never accept this start. `reason` is for the log. */
	| { readonly kind: 'rejected'; readonly reason: string };

/** The executions of tasks on Step Functions. */
export interface ExecutionClient {
	/**
	 * Starts the execution of a task. Repeating a start is safe: while the execution runs the outcome is `started` again.
	 * @throws on every failure that may pass, such as throttling. The caller retries and never ends the task for it.
	 */
	start(message: TaskMessage, traceparent: string | undefined): Promise<StartOutcome>;
	/** Returns the execution, or `undefined` if Step Functions does not know it. */
	describe(executionArn: string): Promise<ExecutionSnapshot | undefined>;
}

/** Returns the report of a snapshot. Only the messages of the declared errors reach clients. */
export function executionReport(snapshot: ExecutionSnapshot, declared: DeclaredErrors): ExecutionReport {
	const { status, redriveCount, startedAtMs, redrivenAtMs, stoppedAtMs, output } = snapshot;
	return {
		status,
		redriveCount,
		startedAtMs,
		...(redrivenAtMs === undefined ? {} : { redrivenAtMs }),
		...(stoppedAtMs === undefined ? {} : { stoppedAtMs }),
		...(output === undefined ? {} : { result: parseJson(Type.Unknown(), output, 'execution output') }),
		...(status === 'RUNNING' || status === 'SUCCEEDED' ? {} : { error: publicError(snapshot, declared) }),
	};
}

/** The report that ends a task whose execution Step Functions does not know. Any report of an execution overrides it. */
export function missingExecutionReport(task: Task, nowMs: number): ExecutionReport {
	return {
		status: 'FAILED',
		isInferred: true,
		redriveCount: task.redriveCount,
		startedAtMs: task.startedAtMs ?? task.createdAtMs,
		stoppedAtMs: nowMs,
		error:
			task.status === 'PENDING'
				? { code: 'StartFailed', message: 'The task could not be started.' }
				: { code: 'ExecutionLost', message: 'The execution of the task no longer exists.' },
	};
}
