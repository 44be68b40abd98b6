import * as Type from 'typebox';
import type { Task } from './task.ts';
import type { TaskExecution } from './task-executions.ts';

/** Identifies one creation of a task in messages, in execution inputs and in the input of every step. */
export const TaskReference = Type.Object({
	task_id: Type.String(),
	principal: Type.String({ minLength: 1 }),
	type: Type.String(),
	created_at_ms: Type.Integer(),
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
	const { taskId, principal, type, createdAtMs, data } = task;
	return { task: { task_id: taskId, principal, type, created_at_ms: createdAtMs }, data };
}

/** Returns the task that a start message is for. */
export function taskExecutionOf({ task }: TaskMessage): TaskExecution {
	const { task_id, principal, type, created_at_ms } = task;
	return { taskId: task_id, principal, type, createdAtMs: created_at_ms };
}

/** Where something of a task that is too large for a message is kept. */
export function claimKey(task: { taskId: string; createdAtMs: number }, name: string): string {
	return `claims/${executionName(task)}/${name}.json`;
}

/** One execution an accepted task: the name says which creation of the id it is for. At most 50 of 80 characters. */
export function executionName(task: { taskId: string; createdAtMs: number }): string {
	return `${task.taskId}-${task.createdAtMs}`;
}
