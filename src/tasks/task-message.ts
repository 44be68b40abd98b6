import * as Type from 'typebox';
import type { Task } from './task.ts';
import type { TaskExecution } from './task-executions.ts';

/**
 * What is published for a task, and the input of its execution, byte for byte the same each time it is sent:
 * Step Functions knows a repeated start by name and input.
 */
export const TaskMessage = Type.Object({
	task_id: Type.String(),
	principal: Type.String({ minLength: 1 }),
	type: Type.String(),
	created_at_ms: Type.Integer(),
	data: Type.Unknown(),
});

export type TaskMessage = Type.Static<typeof TaskMessage>;

export function taskMessage(task: Task): TaskMessage {
	return {
		task_id: task.taskId,
		principal: task.principal,
		type: task.type,
		created_at_ms: task.createdAtMs,
		data: task.data,
	};
}

/** The task that a message is about. */
export function taskExecutionOf({ task_id, principal, type, created_at_ms }: TaskMessage): TaskExecution {
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
