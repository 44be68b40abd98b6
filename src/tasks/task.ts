import * as Type from 'typebox';
import { Progress } from './progress.ts';

/** Step Functions' own words; PENDING means accepted and not started. */
export const TASK_STATUSES = ['PENDING', 'RUNNING', 'SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED'] as const;

export type TaskStatus = (typeof TASK_STATUSES)[number];

/** The statuses an execution can have: a task's, but for the one from before it had an execution. */
export const EXECUTION_STATUSES = TASK_STATUSES.filter((status) => status !== 'PENDING');

export type ExecutionStatus = (typeof EXECUTION_STATUSES)[number];

export function isTerminal(status: TaskStatus): boolean {
	return status !== 'PENDING' && status !== 'RUNNING';
}

export const TaskError = Type.Object({ code: Type.String(), message: Type.String() });

export type TaskError = Type.Static<typeof TaskError>;

/** What a task that has stopped for an answer from outside waits for. */
const WaitingFor = Type.Object({
	callbackKey: Type.String(),
	sinceMs: Type.Integer(),
	expiresAtMs: Type.Integer(),
});

/** The row of one task: what the store keeps, whichever store it is. */
export const Task = Type.Object(
	{
		principal: Type.String({ minLength: 1 }),
		taskId: Type.String(),
		type: Type.String(),
		status: Type.Enum([...TASK_STATUSES]),
		tags: Type.Record(Type.String(), Type.String()),
		/** Kept until the execution has started, so that a lost message can be published again. */
		data: Type.Optional(Type.Unknown()),
		traceparent: Type.Optional(Type.String()),
		/** Hash of the request that made a keyed task; see `fingerprint`. */
		fingerprint: Type.Optional(Type.String()),
		createdAtMs: Type.Integer(),
		updatedAtMs: Type.Integer(),
		startedAtMs: Type.Optional(Type.Integer()),
		finishedAtMs: Type.Optional(Type.Integer()),
		/** Epoch seconds, as DynamoDB's TTL wants it; only a terminal task has one. */
		expiresAtSeconds: Type.Optional(Type.Integer()),
		/** When the reconciler looks at the task: an open one, or one whose end may not be the last word. */
		checkAtMs: Type.Optional(Type.Integer()),
		redriveCount: Type.Integer({ minimum: 0 }),
		/** The task's place in the order of `statusOrder`; every write of a status raises it. */
		statusOrder: Type.Integer({ minimum: 0 }),
		/** Counts the writes; the ETag is made of it. */
		revision: Type.Integer({ minimum: 1 }),
		/** When a cancel was asked for, and of which redrive; Step Functions decides what comes of it. */
		cancelRequestedAtMs: Type.Optional(Type.Integer()),
		cancelRequestedRedrive: Type.Optional(Type.Integer({ minimum: 0 })),
		/** The key under which somebody outside may answer this task; see `Callback`. */
		callbackKey: Type.Optional(Type.String()),
		waitingFor: Type.Optional(WaitingFor),
		/** How far it is, while it runs and where its workflow tells it. */
		progress: Type.Optional(Progress),
		/** When `progress` was last written. */
		progressAtMs: Type.Optional(Type.Integer()),
		result: Type.Optional(Type.Unknown()),
		error: Type.Optional(TaskError),
	},
	{ $id: 'task' },
);

export type Task = Type.Static<typeof Task>;

/** A task that is not heard of within a minute is looked at: longer than any function may take that works on it now. */
const FIRST_CHECK_MS = 60_000;

/** When a task that something has just been done with is looked at first. */
export function firstCheckMs(doneAtMs: number): number {
	return doneAtMs + FIRST_CHECK_MS;
}

/** What finds a task. A task of another principal is not found. */
export type TaskKey = Pick<Task, 'principal' | 'taskId'>;

/** One creation of a task: an id that is used again after expiry names another task. */
export type TaskIncarnation = TaskKey & Pick<Task, 'createdAtMs'>;

/** Whether the client has asked for the end of what runs now; a redrive begins without the request of before. */
export function isCancelRequested(task: Task): boolean {
	return task.cancelRequestedAtMs !== undefined && task.cancelRequestedRedrive === task.redriveCount;
}

/** Readers treat an expired task as gone, though DynamoDB may keep it for two more days. */
export function isExpired(task: Task, nowMs: number): boolean {
	return task.expiresAtSeconds !== undefined && task.expiresAtSeconds * 1000 <= nowMs;
}
