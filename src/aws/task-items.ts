import { createConversions } from 'electrodb';
import { parseValue } from '../parse.ts';
import { Task } from '../tasks/task.ts';
import { OPEN_SHARDS } from './due-tasks.ts';
import { LIST_SHARDS, type TaskEntity } from './task-entity.ts';

type Item = Readonly<Record<string, unknown>>;

/** A row as ElectroDB reads it. */
export type TaskRow = NonNullable<Awaited<ReturnType<ReturnType<TaskEntity['get']>['go']>>['data']>;

/** Tasks as items of the table and back, by ElectroDB's model, keys and reading. */
export function createTaskItems(tasks: TaskEntity) {
	const { task: byId, list } = createConversions(tasks).byAccessPattern;
	const { attributes, model } = tasks.schema;
	const fields = Object.entries(attributes).map(
		([name, attribute]) => [name, 'field' in attribute ? attribute.field : name] as const,
	);
	return {
		keyOf: ({ principal, taskId }: Pick<Task, 'principal' | 'taskId'>): Item =>
			byId.fromComposite.toKeys({ principal, taskId }),

		/** What ElectroDB's `put` would make of the task, which takes longer over it than Fastify over the whole request. */
		itemOf: (task: Task): Item => {
			const row: Item & ReturnType<typeof rowOf> = rowOf(task);
			const item: Record<string, unknown> = {
				...byId.fromComposite.toKeys(row),
				...list.fromComposite.toKeys(row),
				__edb_e__: model.entity,
				__edb_v__: model.version,
			};
			for (const [name, field] of fields) if (row[name] !== undefined) item[field] = row[name];
			return item;
		},

		taskOf: (item: Item | undefined): Task | undefined => {
			if (item === undefined) return undefined;
			const { data } = tasks.parse({ Item: item });
			return data === null ? undefined : taskOfRow(data);
		},
	};
}

function rowOf({ data, result, ...task }: Task) {
	return {
		...task,
		shard: shardOf(task.taskId, LIST_SHARDS),
		openShard: openShardOf(task.taskId),
		...(data === undefined ? {} : { data: JSON.stringify(data) }),
		...(result === undefined ? {} : { result: JSON.stringify(result) }),
	};
}

/** A row of another shape is a fault of ours, thrown before anybody acts on it. */
export function taskOfRow({ data, result, ...row }: TaskRow): Task {
	const task = {
		...row,
		...(data === undefined ? {} : { data: JSON.parse(data) }),
		...(result === undefined ? {} : { result: JSON.parse(result) }),
	};
	return parseValue(Task, task, 'row of a task');
}

/** Which part of the index of open tasks the task is in. */
export function openShardOf(taskId: string): number {
	return shardOf(taskId, OPEN_SHARDS);
}

/** The last digits of an id are random, in a UUIDv7 and in a UUIDv8. */
function shardOf(taskId: string, shards: number): number {
	return Number.parseInt(taskId.slice(-4), 16) % shards;
}
