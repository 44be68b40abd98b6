import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { PROGRESS_INTERVAL_MS, type ProgressReporter } from '../tasks/task.ts';
import type { TaskStore } from '../tasks/task-store.ts';
import { ignoreConditionFailure } from './conditional-write.ts';
import { createTaskEntity, type TaskEntity } from './task-entity.ts';

/** Creates a reporter that writes progress into the task's row, the only access of a steps function to the table. */
export function createProgressReporter(
	client: DynamoDBClient,
	table: string,
	now: () => number,
): ProgressReporter {
	const write = createProgressWriter(createTaskEntity(client, table));
	return {
		async report(task, progress) {
			await write(task, progress, now());
		},
	};
}

/** Creates the `reportProgress` of the task store. */
export function createProgressWriter(tasks: TaskEntity): TaskStore['reportProgress'] {
	return async ({ principal, taskId, createdAtMs }, progress, nowMs) => {
		const write = () =>
			tasks
				.update({ principal, taskId })
				.set({ progress, progressAtMs: nowMs, updatedAtMs: nowMs })
				.add({ revision: 1 })
				.where((row, { eq, gt }) =>
					[
						eq(row.createdAtMs, createdAtMs),
						eq(row.status, 'RUNNING'),
						`NOT ${gt(row.progressAtMs, nowMs - PROGRESS_INTERVAL_MS)}`,
						`NOT ${gt(row.progress.percent, progress.percent)}`,
					].join(' AND '),
				)
				.go({ response: 'none' });
		return (await ignoreConditionFailure(write)) === undefined ? 'ignored' : 'applied';
	};
}
