import * as Value from 'typebox/value';
import { type DeliveryKey, eventOf, LOST_MESSAGE_MS, newDeliveries } from '../../src/tasks/deliveries.ts';
import {
	firstCheckMs,
	isExpired,
	isTerminal,
	PROGRESS_INTERVAL_MS,
	Task,
	type TaskIncarnation,
	type TaskKey,
} from '../../src/tasks/task.ts';
import { compareNewestFirst, isListed, MAX_PAGE_BYTES } from '../../src/tasks/task-list.ts';
import type { TaskStore } from '../../src/tasks/task-store.ts';
import { CLEARED_BY_RESET, PENDING_ORDER, transition } from '../../src/tasks/transition.ts';
import type { MemoryDeliveryStore } from './memory-delivery-store.ts';

export interface MemoryTaskStoreSettings {
	readonly retentionSeconds: number;
	readonly now: () => number;
	/** Receives the deliveries of events. Default: they are discarded. */
	readonly deliveries?: MemoryDeliveryStore;
	/** Receives deliveries that have just been created. */
	readonly announce?: (deliveries: readonly DeliveryKey[]) => Promise<void>;
}

/** The task store of the port's contract in a Map: the model that the one on DynamoDB is held against. */
export function createMemoryTaskStore({
	retentionSeconds,
	now,
	deliveries,
	announce,
}: MemoryTaskStoreSettings): TaskStore {
	const rows = new Map<string, Task>();
	const keyOf = ({ principal, taskId }: TaskKey) => JSON.stringify([principal, taskId]);
	const find = (task: TaskIncarnation) => {
		const row = rows.get(keyOf(task));
		return row?.createdAtMs === task.createdAtMs ? row : undefined;
	};
	/** Rejects rows that the store on DynamoDB could not read. */
	const write = (row: Task) => {
		Value.Assert(Task, row);
		rows.set(keyOf(row), structuredClone(row));
		return structuredClone(row);
	};
	/** Writes the row and the deliveries of its event at once, as the transaction does. */
	const writeEvent = async (row: Task): Promise<Task> => {
		const written = write(row);
		const event = row.webhooks === undefined ? undefined : eventOf(row);
		if (event === undefined || deliveries === undefined) return written;
		const checkAtMs = now() + (announce === undefined ? 0 : LOST_MESSAGE_MS);
		const created = newDeliveries(row, event, checkAtMs).filter(deliveries.create);
		if (created.length > 0) await announce?.(created);
		return written;
	};
	return {
		async create(task) {
			const row = rows.get(keyOf(task));
			if (row !== undefined && !isExpired(row, now())) return 'exists';
			write(task);
			return 'created';
		},
		async get(key) {
			return structuredClone(rows.get(keyOf(key)));
		},
		async applyReport(incarnation, report) {
			const row = find(incarnation);
			if (row === undefined || isExpired(row, now())) return undefined;
			const next = transition(row, report, retentionSeconds);
			return next === undefined ? undefined : isTerminal(next.status) ? writeEvent(next) : write(next);
		},
		async requestCancel(incarnation, atMs) {
			const row = find(incarnation);
			if (row === undefined || isTerminal(row.status) || row.redriveCount !== incarnation.redriveCount)
				return undefined;
			return write({
				...row,
				cancelRequestedAtMs: atMs,
				cancelRequestedRedrive: row.redriveCount,
				updatedAtMs: atMs,
				checkAtMs: firstCheckMs(atMs),
				revision: row.revision + 1,
			});
		},
		async resetToPending(incarnation, times) {
			const row = find(incarnation);
			if (row?.statusOrder !== incarnation.statusOrder || isExpired(row, now())) return undefined;
			if (row.data === undefined || !isTerminal(row.status)) return undefined;
			const next: Task = {
				...row,
				status: 'PENDING',
				statusOrder: PENDING_ORDER,
				...times,
				revision: row.revision + 1,
				resetCount: (row.resetCount ?? 0) + 1,
			};
			for (const member of CLEARED_BY_RESET) delete next[member];
			return write(next);
		},
		async extendForRedrive(incarnation, times) {
			const row = find(incarnation);
			if (row?.statusOrder !== incarnation.statusOrder || isExpired(row, now())) return false;
			write({ ...row, ...times, revision: row.revision + 1 });
			return true;
		},
		async setWaitingFor(incarnation, waitingFor) {
			const row = find(incarnation);
			if (row === undefined || isTerminal(row.status) || row.waitingFor === waitingFor) return;
			const { waitingFor: _, ...others } = row;
			const next = { ...others, revision: row.revision + 1 };
			if (waitingFor === undefined) write(next);
			else await writeEvent({ ...next, waitingFor });
		},
		async findDueTasks(nowMs) {
			const tasks = [...rows.values()].flatMap(({ principal, taskId, checkAtMs }) =>
				checkAtMs !== undefined && checkAtMs <= nowMs ? [{ principal, taskId, checkAtMs }] : [],
			);
			return { tasks, errors: [] };
		},
		async scheduleCheck(incarnation, checkAtMs) {
			const row = find(incarnation);
			if (row?.checkAtMs !== undefined) write({ ...row, checkAtMs });
		},
		async cancelCheck(incarnation) {
			const row = find(incarnation);
			if (row === undefined || row.checkAtMs !== incarnation.checkAtMs) return;
			if (row.statusOrder !== incarnation.statusOrder) return;
			const { checkAtMs: _, ...others } = row;
			write(others);
		},
		async list(principal, { after, limit, ...filter }) {
			const all = [...rows.values()]
				.filter((row) => row.principal === principal && isListed(row, filter, now()))
				.toSorted(compareNewestFirst)
				.filter((row) => after === undefined || compareNewestFirst(after, row) < 0)
				.map((row): Task => {
					const listed = structuredClone(row);
					for (const member of ['data', 'result', 'traceparent', 'fingerprint'] as const)
						delete listed[member];
					return listed;
				});
			const tasks: Task[] = [];
			let bytes = 0;
			for (const task of all.slice(0, limit)) {
				bytes += Buffer.byteLength(JSON.stringify(task));
				if (bytes > MAX_PAGE_BYTES && tasks.length > 0) break;
				tasks.push(task);
			}
			const last = tasks.at(-1);
			if (last === undefined || all.length === tasks.length) return { tasks };
			return { tasks, next: { createdAtMs: last.createdAtMs, taskId: last.taskId } };
		},
		async reportProgress(incarnation, progress, nowMs) {
			const row = rows.get(keyOf(incarnation));
			if (row === undefined || row.createdAtMs !== incarnation.createdAtMs) return 'ignored';
			const tooSoon = row.progressAtMs !== undefined && row.progressAtMs > nowMs - PROGRESS_INTERVAL_MS;
			const saysMore = row.progress !== undefined && row.progress.percent > progress.percent;
			if (row.status !== 'RUNNING' || tooSoon || saysMore) return 'ignored';
			const { revision } = row;
			rows.set(keyOf(row), {
				...row,
				progress,
				progressAtMs: nowMs,
				updatedAtMs: nowMs,
				revision: revision + 1,
			});
			return 'applied';
		},
	};
}
