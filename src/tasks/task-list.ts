import * as Type from 'typebox';
import { isExpired, type Task, type TaskStatus } from './task.ts';

/** Which tasks of a principal are listed; what is absent leaves none out. */
export interface TaskFilter {
	readonly status?: TaskStatus;
	readonly type?: string;
	readonly tag?: { readonly key: string; readonly value: string };
	/** Exclusive, epoch milliseconds. */
	readonly createdAfterMs?: number;
	/** Exclusive, epoch milliseconds. */
	readonly createdBeforeMs?: number;
}

/** A task's place in the list, which never changes: when it was created, then its id. */
export const TaskPosition = Type.Object({ createdAtMs: Type.Integer({ minimum: 0 }), taskId: Type.String() });

export type TaskPosition = Type.Static<typeof TaskPosition>;

/** Whether a task is to be listed: it is what the filter asks for, and has not expired. */
export function isListed(task: Task, filter: TaskFilter, nowMs: number): boolean {
	const { status, type, tag, createdAfterMs, createdBeforeMs } = filter;
	return (
		!isExpired(task, nowMs) &&
		(status === undefined || task.status === status) &&
		(type === undefined || task.type === type) &&
		(tag === undefined || task.tags[tag.key] === tag.value) &&
		(createdAfterMs === undefined || task.createdAtMs > createdAfterMs) &&
		(createdBeforeMs === undefined || task.createdAtMs < createdBeforeMs)
	);
}

/** The order of the list: newest first, and of one moment the larger id first. */
export function compareNewestFirst(a: TaskPosition, b: TaskPosition): number {
	return b.createdAtMs - a.createdAtMs || (a.taskId < b.taskId ? 1 : a.taskId > b.taskId ? -1 : 0);
}
