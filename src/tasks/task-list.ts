import * as Type from 'typebox';
import { isScheduled } from './scheduled-start.ts';
import { isExpired, type Task, type TaskStatus } from './task.ts';

/** Selects tasks of a principal; an absent member excludes none. */
export interface TaskFilter {
	readonly status?: TaskStatus;
	readonly type?: string;
	readonly tag?: { readonly key: string; readonly value: string };
	/** Whether the task waits for the time of its start. */
	readonly isScheduled?: boolean;
	/** Exclusive, epoch milliseconds. */
	readonly createdAfterMs?: number;
	/** Exclusive, epoch milliseconds. */
	readonly createdBeforeMs?: number;
}

/** A task's position in the list, which never changes: its creation time, then its id. */
export const TaskPosition = Type.Object({ createdAtMs: Type.Integer({ minimum: 0 }), taskId: Type.String() });

/** A task's position in the list. */
export type TaskPosition = Type.Static<typeof TaskPosition>;

/** The request for one page of a principal's tasks. */
export interface TaskQuery extends TaskFilter {
	/** Exclusive; absent: from the newest. */
	readonly after?: TaskPosition;
	/** The maximum number of tasks, 1 to 100. */
	readonly limit: number;
}

/**
 * One page of a list. It can have fewer tasks than the limit, even none, if the filter excludes many or the tasks are
 * large. Listed tasks have neither `data` nor `result`.
 */
export interface TaskPage {
	readonly tasks: readonly Task[];
	/** The last position of this page, after which the next one begins; absent on the last page. */
	readonly next?: TaskPosition;
}

/** Tasks of a page as JSON. Escaped as the body of a Lambda response they at most double, which takes 6 MB. */
export const MAX_PAGE_BYTES = 2 * 1024 * 1024;

/** Whether the filter selects the task and the task has not expired. */
export function isListed(task: Task, filter: TaskFilter, nowMs: number): boolean {
	const { status, type, tag, createdAfterMs, createdBeforeMs } = filter;
	return (
		!isExpired(task, nowMs) &&
		(status === undefined || task.status === status) &&
		(type === undefined || task.type === type) &&
		(filter.isScheduled === undefined || isScheduled(task, nowMs) === filter.isScheduled) &&
		(tag === undefined || task.tags[tag.key] === tag.value) &&
		(createdAfterMs === undefined || task.createdAtMs > createdAfterMs) &&
		(createdBeforeMs === undefined || task.createdAtMs < createdBeforeMs)
	);
}

/** Orders a list: newest first, and by descending id within a millisecond. */
export function compareNewestFirst(a: TaskPosition, b: TaskPosition): number {
	return b.createdAtMs - a.createdAtMs || (a.taskId < b.taskId ? 1 : a.taskId > b.taskId ? -1 : 0);
}
