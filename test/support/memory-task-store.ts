import { PROGRESS_INTERVAL_MS } from '../../src/tasks/progress.ts';
import type { Task, TaskKey } from '../../src/tasks/task.ts';
import type { TaskStore } from '../../src/tasks/task-store.ts';
import { transition } from '../../src/tasks/transition.ts';

/** The task store of the port's contract in a Map: the model that the one on DynamoDB is held against. */
export function createMemoryTaskStore({ retentionSeconds }: { retentionSeconds: number }): TaskStore {
	const rows = new Map<string, Task>();
	const keyOf = ({ principal, taskId }: TaskKey) => JSON.stringify([principal, taskId]);
	return {
		async create(task) {
			if (rows.has(keyOf(task))) return 'exists';
			rows.set(keyOf(task), structuredClone(task));
			return 'created';
		},
		async get(key) {
			return structuredClone(rows.get(keyOf(key)));
		},
		async applyReport(incarnation, report) {
			const row = rows.get(keyOf(incarnation));
			if (row === undefined || row.createdAtMs !== incarnation.createdAtMs) return 'ignored';
			const next = transition(row, report, retentionSeconds);
			if (next === undefined) return 'ignored';
			rows.set(keyOf(row), next);
			return 'applied';
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
