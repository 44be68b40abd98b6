import type { Task, TaskStatus } from '../../client/index.ts';
import { STATUSES } from '../parts/status.tsx';

/** Which tasks the list shows. All members are part of the page's address. */
export interface TaskFilter {
	readonly status?: TaskStatus;
	readonly type?: string;
	/** Part of the id, of a tag as `key:value`, or of the type. */
	readonly text?: string;
}

/** Reads the filter in an address; members that it does not know are ignored. */
export function parseFilter(query: URLSearchParams): TaskFilter {
	const status = STATUSES.find((each) => each === query.get('status'));
	const type = query.get('type') ?? '';
	const text = query.get('q') ?? '';
	return {
		...(status === undefined ? {} : { status }),
		...(type === '' ? {} : { type }),
		...(text === '' ? {} : { text }),
	};
}

/** Returns the address of the list with a filter. */
export function filterPath({ status, type, text }: TaskFilter): string {
	const query = new URLSearchParams([
		...(status === undefined ? [] : [['status', status]]),
		...(type === undefined || type === '' ? [] : [['type', type]]),
		...(text === undefined || text === '' ? [] : [['q', text]]),
	]);
	return query.size === 0 ? '/' : `/?${query}`;
}

/** The tasks that match, and their number by status regardless of the filter's own status. */
export function applyFilter(tasks: readonly Task[], { status, type, text }: TaskFilter) {
	const wanted = text?.trim().toLowerCase();
	const matching = tasks.filter(
		(task) =>
			(type === undefined || task.type === type) &&
			(wanted === undefined || searchTextOf(task).includes(wanted)),
	);
	const counts = new Map<TaskStatus, number>(STATUSES.map((each) => [each, 0]));
	for (const task of matching) counts.set(task.status, (counts.get(task.status) ?? 0) + 1);
	return {
		counts,
		total: matching.length,
		tasks: status === undefined ? matching : matching.filter((task) => task.status === status),
	};
}

function searchTextOf({ task_id: id, type, tags, error }: Task): string {
	const labels = Object.entries(tags).map(([key, value]) => `${key}:${value}`);
	return [id, type, error?.code ?? '', ...labels].join(' ').toLowerCase();
}
