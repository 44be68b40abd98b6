import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { Value } from 'typebox/value';
import { Task } from '../tasks/task.ts';
import type { TaskStore } from '../tasks/task-store.ts';
import { CLEARED_BY_REPORT, mirroredStatus } from '../tasks/transition.ts';
import { conditionHolds } from './conditional-write.ts';
import { createProgressWriter } from './progress-reporter.ts';
import { createTaskEntity, type TaskEntity } from './task-entity.ts';

export interface TaskStoreSettings {
	readonly table: string;
	/** How long a finished task can be read. */
	readonly retentionSeconds: number;
}

/** The task store on DynamoDB. */
export function createTaskStore(
	client: DynamoDBClient,
	{ table, retentionSeconds }: TaskStoreSettings,
): TaskStore {
	const tasks = createTaskEntity(client, table);
	return {
		reportProgress: createProgressWriter(tasks),

		async create(task) {
			const write = () => tasks.create(toItem(task)).go({ response: 'none' });
			return (await conditionHolds(write)) ? 'created' : 'exists';
		},

		async get(key) {
			const { data } = await tasks.get(key).go({ consistent: true });
			return data === null ? undefined : fromItem(data);
		},

		async applyReport({ createdAtMs, ...key }, report) {
			const { result, ...mirrored } = mirroredStatus(report, retentionSeconds);
			const set = { ...mirrored, ...(result === undefined ? {} : { result: JSON.stringify(result) }) };
			const write = () =>
				tasks
					.patch(key)
					.set(set)
					.add({ revision: 1 })
					.remove(CLEARED_BY_REPORT.filter((attribute) => !(attribute in set)))
					.where(
						(row, { eq, lt }) =>
							`${eq(row.createdAtMs, createdAtMs)} AND ${lt(row.statusOrder, mirrored.statusOrder)}`,
					)
					.go({ response: 'none' });
			return (await conditionHolds(write)) ? 'applied' : 'ignored';
		},
	};
}

type TaskItem = NonNullable<Awaited<ReturnType<ReturnType<TaskEntity['get']>['go']>>['data']>;

function toItem({ data, result, ...task }: Task) {
	return {
		...task,
		...(data === undefined ? {} : { data: JSON.stringify(data) }),
		...(result === undefined ? {} : { result: JSON.stringify(result) }),
	};
}

/** A row of another shape is a fault of ours, thrown before anybody acts on it. */
function fromItem({ data, result, ...item }: TaskItem): Task {
	return Value.Parse(Task, {
		...item,
		...(data === undefined ? {} : { data: JSON.parse(data) }),
		...(result === undefined ? {} : { result: JSON.parse(result) }),
	});
}
