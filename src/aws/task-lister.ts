import type { Task } from '../tasks/task.ts';
import { compareNewestFirst, isListed, type TaskPosition } from '../tasks/task-list.ts';
import type { TaskPage, TaskQuery, TaskStore } from '../tasks/task-store.ts';
import { runOperation } from './conditional-write.ts';
import { LIST_SHARDS, type TaskEntity } from './task-entity.ts';
import { taskOfRow } from './task-items.ts';

/** How many keys each shard is asked for, and how many rows are read at once: DynamoDB's most. */
const AT_ONCE = 100;

/** How many rows one page reads at most, where its filter leaves out many. */
const MOST_READ = 500;

/**
 * Lists tasks. A page costs one query of at most 100 keys in each of the 8 shards, and reads of the rows themselves:
 * at most 100, or 500 where a filter leaves some out. The rows are as they are now, not as an index had them.
 */
export function createTaskLister(tasks: TaskEntity, now: () => number): TaskStore['list'] {
	const rowsAt = async (principal: string, positions: readonly TaskPosition[]) => {
		const keys = positions.map(({ taskId }) => ({ principal, taskId }));
		const { data, unprocessed } = await runOperation(() =>
			tasks.get(keys).go({ preserveBatchOrder: true, consistent: true }),
		);
		if (unprocessed.length > 0) throw new Error('DynamoDB did not read all rows of a page.');
		return data.map((item) => (item === null ? undefined : taskOfRow(item)));
	};

	return async (principal, query) => {
		const { positions, hasMore } = await candidates(tasks, principal, query);
		const found: Task[] = [];
		let read = 0;
		const atOnce = isFiltered(query) ? AT_ONCE : query.limit;
		while (read < Math.min(positions.length, MOST_READ) && found.length < query.limit) {
			const rows = await rowsAt(principal, positions.slice(read, read + atOnce));
			for (const row of rows) {
				if (found.length === query.limit) break;
				read += 1;
				if (row !== undefined && isListed(row, query, now())) found.push(row);
			}
		}
		const last = positions[read - 1];
		const isOver = read === positions.length && !hasMore;
		return { tasks: found, ...(isOver || last === undefined ? {} : { next: last }) } satisfies TaskPage;
	};
}

function isFiltered({ status, type, tag }: TaskQuery): boolean {
	return status !== undefined || type !== undefined || tag !== undefined;
}

/** The next places of the list, newest first, as far as the shards' first answers tell their order. */
async function candidates(tasks: TaskEntity, principal: string, { after, ...query }: TaskQuery) {
	const { createdAfterMs = -1, createdBeforeMs = Number.MAX_SAFE_INTEGER } = query;
	const isOlder = after !== undefined && after.createdAtMs < createdBeforeMs;
	const bound = isOlder ? after : { createdAtMs: createdBeforeMs };
	const shards = await Promise.all(
		Array.from({ length: LIST_SHARDS }, async (_, shard) => {
			const { data, cursor } = await runOperation(() =>
				tasks.query
					.list({ principal, shard })
					.lt(bound)
					.go({ order: 'desc', limit: AT_ONCE, attributes: ['taskId', 'createdAtMs'] }),
			);
			return { positions: data, hasMore: cursor !== null };
		}),
	);
	// Below the last key of a shard that has more, keys of that shard could be missing.
	const certain = shards
		.flatMap(({ positions, hasMore }) => (hasMore ? positions.slice(-1) : []))
		.toSorted(compareNewestFirst)[0];
	const inOrder = shards
		.flatMap(({ positions }) => positions)
		.toSorted(compareNewestFirst)
		.filter((position) => certain === undefined || compareNewestFirst(position, certain) <= 0);
	const young = inOrder.filter(({ createdAtMs }) => createdAtMs > createdAfterMs);
	return { positions: young, hasMore: certain !== undefined && young.length === inOrder.length };
}
