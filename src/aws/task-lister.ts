import { ServiceUnavailableError } from '../tasks/service-unavailable.ts';
import type { Task } from '../tasks/task.ts';
import {
	compareNewestFirst,
	isListed,
	MAX_PAGE_BYTES,
	type TaskPage,
	type TaskPosition,
	type TaskQuery,
} from '../tasks/task-list.ts';
import type { TaskStore } from '../tasks/task-store.ts';
import { runOperation } from './conditional-write.ts';
import { fromItem, LIST_SHARDS, type TaskEntity } from './task-entity.ts';

/** Keys per query of a shard, and rows per BatchGetItem, where 100 is DynamoDB's limit. */
const BATCH_SIZE = 100;

/** Rows that one page reads at most, if its filter excludes many. */
const MAX_ROWS_PER_PAGE = 500;

/** Attempts without progress before DynamoDB counts as unavailable; 6 attempts take 1.6 s of backoff. */
const MAX_READ_ATTEMPTS = 6;

const FIRST_BACKOFF_MS = 50;

/** The attributes of a listed task: neither `data` nor `result`, which would exceed Lambda's 6 MB. */
const LISTED_ATTRIBUTES = [
	'principal',
	'taskId',
	'type',
	'status',
	'tags',
	'rerunOf',
	'createdAtMs',
	'runAtMs',
	'updatedAtMs',
	'startedAtMs',
	'finishedAtMs',
	'expiresAtSeconds',
	'check_at_ms',
	'redriveCount',
	'statusOrder',
	'revision',
	'cancelRequestedAtMs',
	'cancelRequestedRedrive',
	'callbackKey',
	'waitingFor',
	'progress',
	'progressAtMs',
	'error',
] as const;

/** The clock and the timer of a lister. */
export interface TaskListerOptions {
	readonly now: () => number;
	readonly sleep: (ms: number) => Promise<unknown>;
}

/**
 * Creates the `list` of the task store. A page costs one query of at most 100 keys in each of the 8 shards, and
 * consistent reads of at most 100 rows, or 500 if a filter excludes some.
 */
export function createTaskLister(tasks: TaskEntity, { now, sleep }: TaskListerOptions): TaskStore['list'] {
	const readRows = createRowReader(tasks, sleep);
	return async (principal, query) => {
		const { positions, hasMore } = await findPositions(tasks, principal, query);
		const found: Task[] = [];
		let bytes = 0;
		let read = 0;
		let isFull = false;
		const batchSize = isFiltered(query) ? BATCH_SIZE : query.limit;
		while (read < Math.min(positions.length, MAX_ROWS_PER_PAGE) && !isFull) {
			for (const row of await readRows(principal, positions.slice(read, read + batchSize))) {
				const isIncluded = row !== undefined && isListed(row, query, now());
				if (isIncluded) bytes += Buffer.byteLength(JSON.stringify(row));
				isFull = found.length === query.limit || (bytes > MAX_PAGE_BYTES && found.length > 0);
				if (isFull) break;
				read += 1;
				if (isIncluded) found.push(row);
			}
			isFull ||= found.length === query.limit;
		}
		const last = positions[read - 1];
		const isLastPage = read === positions.length && !hasMore;
		return { tasks: found, ...(isLastPage || last === undefined ? {} : { next: last }) } satisfies TaskPage;
	};
}

/** BatchGetItem leaves keys unprocessed above 16 MB or when it is throttled; they are requested again with backoff. */
function createRowReader(tasks: TaskEntity, sleep: TaskListerOptions['sleep']) {
	return async (
		principal: string,
		positions: readonly TaskPosition[],
	): Promise<readonly (Task | undefined)[]> => {
		const rows = new Map<string, Task>();
		let keys = positions.map(({ taskId }) => ({ principal, taskId }));
		for (let attempt = 1; keys.length > 0; attempt++) {
			const { data, unprocessed } = await runOperation(() =>
				tasks.get(keys).go({ consistent: true, attributes: [...LISTED_ATTRIBUTES] }),
			);
			for (const item of data) rows.set(item.taskId, fromItem(item));
			if (unprocessed.length === 0) break;
			if (unprocessed.length < keys.length) attempt = 1;
			if (attempt === MAX_READ_ATTEMPTS)
				throw new ServiceUnavailableError('DynamoDB', {
					cause: new Error(`BatchGetItem left ${unprocessed.length} keys unprocessed.`),
				});
			await sleep(FIRST_BACKOFF_MS * 2 ** (attempt - 1));
			keys = unprocessed.map(({ taskId }) => ({ principal, taskId }));
		}
		return positions.map(({ taskId }) => rows.get(taskId));
	};
}

function isFiltered({ status, type, tag, isScheduled }: TaskQuery): boolean {
	return [status, type, tag, isScheduled].some((filter) => filter !== undefined);
}

/** Finds the next positions of the list, newest first, as far as the first page of each shard determines their order. */
async function findPositions(tasks: TaskEntity, principal: string, { after, ...query }: TaskQuery) {
	const { createdAfterMs = -1, createdBeforeMs = Number.MAX_SAFE_INTEGER } = query;
	const isOlder = after !== undefined && after.createdAtMs < createdBeforeMs;
	const bound = isOlder ? after : { createdAtMs: createdBeforeMs };
	const shards = await Promise.all(
		Array.from({ length: LIST_SHARDS }, async (_, shard) => {
			const { data, cursor } = await runOperation(() =>
				tasks.query
					.list({ principal, shard })
					.lt(bound)
					.go({ order: 'desc', limit: BATCH_SIZE, attributes: ['taskId', 'createdAtMs'] }),
			);
			return { positions: data, hasMore: cursor !== null };
		}),
	);
	// A shard that has more may hold keys older than its last one, so the order is known down to the newest of these.
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
