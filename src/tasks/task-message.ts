import * as Type from 'typebox';
import type { Task } from './task.ts';
import type { TaskExecution } from './task-executions.ts';

/** Identifies one creation of a task in messages, in execution inputs and in the input of every step. */
export const TaskReference = Type.Object({
	task_id: Type.String(),
	principal: Type.String({ minLength: 1 }),
	type: Type.String(),
	created_at_ms: Type.Integer(),
	/** Present if the task has webhooks. */
	webhooks: Type.Optional(Type.Literal(true)),
});

/** See the schema of the same name. */
export type TaskReference = Type.Static<typeof TaskReference>;

/**
 * The start message of a task, which is also the input of its execution. It is the same byte for byte each time it is
 * sent, because Step Functions recognises a repeated start by name and input.
 */
export const TaskMessage = Type.Object({ task: TaskReference, data: Type.Unknown() });

/** See the schema of the same name. */
export type TaskMessage = Type.Static<typeof TaskMessage>;

/** Builds the start message of a task. */
export function taskMessage(task: Task): TaskMessage {
	const { taskId, principal, type, createdAtMs, webhooks, data } = task;
	const reference = { task_id: taskId, principal, type, created_at_ms: createdAtMs };
	return { task: { ...reference, ...(webhooks === undefined ? {} : { webhooks: true }) }, data };
}

/** Returns the task that a start message is for. */
export function taskExecutionOf({ task }: TaskMessage): TaskExecution {
	const { task_id, principal, type, created_at_ms, webhooks } = task;
	return {
		taskId: task_id,
		principal,
		type,
		createdAtMs: created_at_ms,
		...(webhooks === undefined ? {} : { webhooks }),
	};
}

/** Returns the name of the execution, unique per creation of an id. At most 50 of the 80 characters that AWS allows. */
export function executionName(task: { taskId: string; createdAtMs: number }): string {
	return `${task.taskId}-${task.createdAtMs}`;
}

/** The port that publishes start messages, at least once. */
export interface TaskPublisher {
	/**
	 * `traceparent` (W3C) is a message attribute: in the message it would make two starts of a task differ. The message
	 * arrives after `delaySeconds`, at most 900.
	 */
	publish(
		message: TaskMessage,
		options: { readonly traceparent: string | undefined; readonly delaySeconds: number },
	): Promise<void>;
}
