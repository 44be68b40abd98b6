import * as Type from 'typebox';
import { findFault, parseJson } from '../parse.ts';
import { claimedKey } from '../tasks/claim-check.ts';
import { type DeclaredErrors, publicError } from '../tasks/public-error.ts';
import type { ExecutionStatus, StoredError, Task } from '../tasks/task.ts';
import type { TaskExecution } from '../tasks/task-executions.ts';
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

/** The members of a workflow that decide how its executions end. */
export interface DeclaredEnds {
	/** The schema of a result; absent for a task type that no longer exists. */
	readonly result?: Type.TSchema;
	readonly errors: DeclaredErrors;
}

/** The `error.code` of a task whose execution succeeded with an output that its result schema does not allow. */
export const RESULT_INVALID = 'ResultInvalid';

/**
 * Returns the report of a snapshot. It depends on nothing else, so that every writer reaches the same end: an execution
 * that succeeded with an invalid result has failed. Only the messages of declared errors reach clients.
 */
export function executionReport(
	task: TaskExecution,
	snapshot: ExecutionSnapshot,
	declared: DeclaredEnds,
): ExecutionReport {
	const { status, redriveCount, startedAtMs, redrivenAtMs, stoppedAtMs, output } = snapshot;
	const times = {
		redriveCount,
		startedAtMs,
		...(redrivenAtMs === undefined ? {} : { redrivenAtMs }),
		...(stoppedAtMs === undefined ? {} : { stoppedAtMs }),
	};
	if (status === 'RUNNING') return { status, ...times };
	if (status !== 'SUCCEEDED') return { status, ...times, error: publicError(snapshot, declared.errors) };
	if (output === undefined) return { status, ...times };
	const result = parseJson(Type.Unknown(), output, 'execution output');
	const error = resultError(task, result, declared);
	return error === undefined ? { status, ...times, result } : { status: 'FAILED', ...times, error };
}

/**
 * Returns the error of an invalid result. A result in the output bucket is not checked: the end of a task would then depend
 * on S3, whose outages must not delay it.
 */
function resultError(
	task: TaskExecution,
	result: unknown,
	{ result: schema }: DeclaredEnds,
): StoredError | undefined {
	if (schema === undefined || claimedKey(result, task) !== undefined) return undefined;
	const fault = findFault(schema, result);
	if (fault === undefined) return undefined;
	const place = fault.pointer === '' ? '' : ` at ${fault.pointer}`;
	const message = `The result does not match the schema of its task type${place}: ${fault.message}.`;
	return { code: RESULT_INVALID, message, isFinal: true };
}

/** The report that ends a task whose execution Step Functions does not know. Any report of an execution overrides it. */
export function missingExecutionReport(task: Task, nowMs: number): ExecutionReport {
	return {
		status: 'FAILED',
		isInferred: true,
		redriveCount: task.redriveCount,
		...(task.startedAtMs === undefined ? {} : { startedAtMs: task.startedAtMs }),
		stoppedAtMs: nowMs,
		error:
			task.status === 'PENDING'
				? { code: 'StartFailed', message: 'The task could not be started.' }
				: { code: 'ExecutionLost', message: 'The execution of the task no longer exists.' },
	};
}
