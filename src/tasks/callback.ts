import * as Type from 'typebox';
import type { TaskIncarnation } from './task.ts';

/** What somebody outside has answered, as the waiting workflow gets it. */
export const CallbackAnswer = Type.Object({
	status: Type.Enum(['success', 'failure']),
	message: Type.Optional(Type.String()),
	output: Type.Optional(Type.Unknown()),
	atMs: Type.Integer(),
});

export type CallbackAnswer = Type.Static<typeof CallbackAnswer>;

/** An answer from outside that a task waits for, or will; found by its key, which one task has at a time. */
export const Callback = Type.Object({
	callbackKey: Type.String(),
	principal: Type.String(),
	taskId: Type.String(),
	createdAtMs: Type.Integer(),
	/** Step Functions' own secret of whom to resume; absent until the task waits. It never leaves the service. */
	token: Type.Optional(Type.String()),
	/** Until when an answer is taken. */
	deadlineAtMs: Type.Integer(),
	answer: Type.Optional(CallbackAnswer),
	/** When the workflow got the answer; absent while it is under way, or kept for a task that does not wait yet. */
	deliveredAtMs: Type.Optional(Type.Integer()),
	/** When somebody else than who gave the answer began to hand it on too. */
	helpedAtMs: Type.Optional(Type.Integer()),
	/** When the task ended, and gave the key up. */
	closedAtMs: Type.Optional(Type.Integer()),
	/** Counts the writes, so that of two at the same moment one is made. */
	version: Type.Integer({ minimum: 1 }),
});

export type Callback = Type.Static<typeof Callback>;

/** For how long after its deadline a late answer is told that it is late, rather than that the key is unknown. */
export const REMEMBERED_SECONDS = 7 * 24 * 60 * 60;

/** Whether another task may have the key. An answer that came early is its task's until that ends. */
export function isFree(callback: Callback, nowMs: number): boolean {
	const { token, deliveredAtMs, closedAtMs, deadlineAtMs } = callback;
	const isAnswered = token !== undefined && deliveredAtMs !== undefined;
	return isAnswered || closedAtMs !== undefined || deadlineAtMs <= nowMs;
}

export function isOfTask(callback: Callback, task: TaskIncarnation): boolean {
	return (
		callback.principal === task.principal &&
		callback.taskId === task.taskId &&
		callback.createdAtMs === task.createdAtMs
	);
}
