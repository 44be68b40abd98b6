import { createHash, randomUUID } from 'node:crypto';
import * as Type from 'typebox';
import { TaskWebhook } from './webhooks.ts';

/** Step Functions' statuses, and PENDING: accepted but not started. */
export const TASK_STATUSES = ['PENDING', 'RUNNING', 'SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED'] as const;

/** The status of a task. */
export type TaskStatus = (typeof TASK_STATUSES)[number];

/** The statuses of an execution: a task's statuses except PENDING. */
export const EXECUTION_STATUSES = TASK_STATUSES.filter((status) => status !== 'PENDING');

/** The status of an execution. */
export type ExecutionStatus = (typeof EXECUTION_STATUSES)[number];

/** Whether a task or an execution has ended. Only a redrive changes a terminal status. */
export function isTerminal(status: TaskStatus): boolean {
	return status !== 'PENDING' && status !== 'RUNNING';
}

/** The reason for which a task did not succeed, as clients read it. */
export const TaskError = Type.Object({ code: Type.String(), message: Type.String() });

/** See the schema of the same name. */
export type TaskError = Type.Static<typeof TaskError>;

/** The reason for which a task did not succeed, as the row contains it. */
const StoredError = Type.Object({
	...TaskError.properties,
	/** Set if a redrive cannot help: the execution ended in a Fail state, or it succeeded with an invalid result. */
	isFinal: Type.Optional(Type.Literal(true)),
});

/** See the schema of the same name. */
export type StoredError = Type.Static<typeof StoredError>;

/** The progress of a running task, as its workflow reports it. */
export const Progress = Type.Object({
	percent: Type.Integer({ minimum: 0, maximum: 100, description: 'Never falls while the task runs.' }),
	/** At most 200 characters, because it is stored in the row. */
	message: Type.String({ maxLength: 200, description: 'For people.', examples: ['420 of 1000 channels'] }),
});

/** See the schema of the same name. */
export type Progress = Type.Static<typeof Progress>;

/** The minimum time between two stored reports, so that a busy workflow does not make its task's row a hot one. */
export const PROGRESS_INTERVAL_MS = 1000;

/** The port by which steps report progress. Best effort: a later report supersedes one that was not stored. */
export interface ProgressReporter {
	report(task: TaskIncarnation, progress: Progress): Promise<void>;
}

/** The callback that a paused task waits for. */
const WaitingFor = Type.Object({
	callbackKey: Type.String(),
	sinceMs: Type.Integer(),
	expiresAtMs: Type.Integer(),
});

/** The row of a task, in every store. */
export const Task = Type.Object(
	{
		principal: Type.String({ minLength: 1 }),
		taskId: Type.String(),
		type: Type.String(),
		status: Type.Enum([...TASK_STATUSES]),
		tags: Type.Record(Type.String(), Type.String()),
		/** Kept until an execution has it, so that a lost start message can be published again. */
		data: Type.Optional(Type.Unknown()),
		traceparent: Type.Optional(Type.String()),
		/** Hash of the request that created a keyed task. */
		fingerprint: Type.Optional(Type.String()),
		/** The id of the task that this one repeats. */
		rerunOf: Type.Optional(Type.String()),
		createdAtMs: Type.Integer(),
		/** The time before which the task does not start; absent: it starts at once. */
		runAtMs: Type.Optional(Type.Integer()),
		updatedAtMs: Type.Integer(),
		startedAtMs: Type.Optional(Type.Integer()),
		finishedAtMs: Type.Optional(Type.Integer()),
		/** Epoch seconds, as DynamoDB's TTL requires; only a terminal task has it. */
		expiresAtSeconds: Type.Optional(Type.Integer()),
		/** The time of the next reconciliation check: of an open task, or of one whose end is not final. */
		checkAtMs: Type.Optional(Type.Integer()),
		redriveCount: Type.Integer({ minimum: 0 }),
		/** How often a task that had not started was made pending again; absent: never. */
		resetCount: Type.Optional(Type.Integer({ minimum: 0 })),
		/** The rank of the status, see `statusOrder`; every write of a status raises it. */
		statusOrder: Type.Integer({ minimum: 0 }),
		/** Counts the writes that a client can see; the ETag is derived from it. */
		revision: Type.Integer({ minimum: 1 }),
		/** The time of the cancel request, and the redrive that it is for. Step Functions decides the outcome. */
		cancelRequestedAtMs: Type.Optional(Type.Integer()),
		cancelRequestedRedrive: Type.Optional(Type.Integer({ minimum: 0 })),
		/** The key under which this task can be answered; see `Callback`. */
		callbackKey: Type.Optional(Type.String()),
		waitingFor: Type.Optional(WaitingFor),
		/** Present while the task runs, if its workflow reports progress. */
		progress: Type.Optional(Progress),
		progressAtMs: Type.Optional(Type.Integer()),
		/** The webhooks that receive the events of this task, decided when it was created. Absent: none. */
		webhooks: Type.Optional(Type.Array(TaskWebhook)),
		result: Type.Optional(Type.Unknown()),
		error: Type.Optional(StoredError),
	},
	{ $id: 'task' },
);

/** See the schema of the same name. */
export type Task = Type.Static<typeof Task>;

/** The key of a task. The task of another principal is not found. */
export type TaskKey = Pick<Task, 'principal' | 'taskId'>;

/** One creation of a task: an id that is reused after expiry is another task. */
export type TaskIncarnation = TaskKey & Pick<Task, 'createdAtMs'>;

/**
 * A task whose row is about to change. Its messages and steps know only whether it has webhooks: without any, a writer needs
 * neither to read the row nor to write deliveries.
 */
export type ChangingTask = TaskIncarnation & { readonly webhooks?: true | Task['webhooks'] };

/** An idle task is checked after a minute, which is longer than any function that works on it may take. */
const FIRST_CHECK_DELAY_MS = 60_000;

/** Returns the time of the first reconciliation check after a change. */
export function firstCheckMs(changedAtMs: number): number {
	return changedAtMs + FIRST_CHECK_DELAY_MS;
}

/** Whether the client requested a cancel of the current run; a redrive starts without it. */
export function isCancelRequested(
	task: Pick<Task, 'cancelRequestedAtMs' | 'cancelRequestedRedrive' | 'redriveCount'>,
): boolean {
	return task.cancelRequestedAtMs !== undefined && task.cancelRequestedRedrive === task.redriveCount;
}

/** Whether a reader must treat the task as gone. DynamoDB deletes expired items up to two days late. */
export function isExpired(task: Task, nowMs: number): boolean {
	return task.expiresAtSeconds !== undefined && task.expiresAtSeconds * 1000 <= nowMs;
}

/** Creates a UUIDv7, so that ids of later tasks sort after earlier ones. `random` returns UUIDv4s as random source. */
export function createTaskId(nowMs: number, random: () => string = randomUUID): string {
	const time = nowMs.toString(16).padStart(12, '0');
	return `${time.slice(0, 8)}-${time.slice(8)}-7${random().slice(15)}`;
}

/** Derives a UUIDv8 from a principal's idempotency key, so that the key needs no item of its own. */
export function deriveTaskId(principal: string, key: string): string {
	const bytes = createHash('sha256')
		.update(JSON.stringify([principal, key]))
		.digest()
		.subarray(0, 16);
	bytes.writeUInt8(0x80 | (bytes.readUInt8(6) & 0x0f), 6);
	bytes.writeUInt8(0x80 | (bytes.readUInt8(8) & 0x3f), 8);
	const hex = Buffer.from(bytes).toString('hex');
	return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

/** Whether the id was derived from an idempotency key. */
export function isKeyed(taskId: string): boolean {
	return taskId.charAt(14) === '8';
}
