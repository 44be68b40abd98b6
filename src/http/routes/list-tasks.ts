import * as Type from 'typebox';
import { TASK_STATUSES } from '../../tasks/task.ts';
import { type TaskFilter, type TaskPage, TaskPosition, type TaskQuery } from '../../tasks/task-list.ts';
import type { Cursors } from '../lists/cursors.ts';
import { CURSOR, NEXT_CURSOR, pageLimit, parseIntegers } from '../lists/paging.ts';
import { problemResponses } from '../problems/problem.ts';
import { TaskResource } from '../tasks/task-resource.ts';
import { presentTask, type TaskPresentation } from '../tasks/task-response.ts';
import type { App } from '../typed-app.ts';

export interface ListTasksRoute extends TaskPresentation {
	readonly listTasks: (principal: string, query: TaskQuery) => Promise<TaskPage>;
	readonly cursors: Cursors;
}

const Query = Type.Object(
	{
		status: Type.Optional(Type.Enum([...TASK_STATUSES], { description: 'Only tasks that have it now.' })),
		type: Type.Optional(Type.String({ maxLength: 100, description: 'Only tasks of this type.' })),
		tag: Type.Optional(
			Type.String({
				pattern: '^[A-Za-z0-9_.-]{1,64}:',
				maxLength: 129,
				description: '`key:value`.',
				examples: ['team:billing'],
			}),
		),
		created_after: Type.Optional(
			Type.String({ format: 'date-time', description: 'Only tasks created later than that.' }),
		),
		created_before: Type.Optional(
			Type.String({ format: 'date-time', description: 'Only tasks created earlier than that.' }),
		),
		limit: pageLimit(1, 100, 20),
		cursor: CURSOR,
	},
	{ additionalProperties: false },
);

export function registerListTasks(app: App, route: ListTasksRoute): void {
	const { listTasks, cursors } = route;
	app.route({
		method: 'GET',
		url: '/v1/tasks',
		config: { access: 'tasks:read' },
		schema: {
			operationId: 'listTasks',
			summary: 'List tasks, newest first',
			description:
				'The filters combine. A page may hold fewer tasks than `limit`, even none, while there is a `next_cursor`; the list is over when there is none. Tasks that are made meanwhile come before the first page and move nothing.',
			tags: ['tasks'],
			querystring: Query,
			response: {
				200: {
					description: 'Tasks of the caller.',
					content: {
						'application/json': {
							schema: Type.Object(
								{ tasks: Type.Array(TaskResource), next_cursor: NEXT_CURSOR },
								{ additionalProperties: false },
							),
						},
					},
				},
				...problemResponses('unauthorized', 'forbidden', 'validation'),
			},
		},
		preValidation: parseIntegers('limit'),
		async handler({ principal, query }) {
			const { limit = 20, cursor, ...rest } = query;
			const filter = filterOf(rest);
			const scope = ['tasks', principal, filter];
			const page = await listTasks(principal, {
				...filter,
				limit,
				...(cursor === undefined ? {} : { after: await cursors.open(cursor, scope, TaskPosition) }),
			});
			const { next } = page;
			return {
				tasks: await Promise.all(page.tasks.map((task) => presentTask(task, route))),
				...(next === undefined
					? {}
					: {
							next_cursor: await cursors.seal({ createdAtMs: next.createdAtMs, taskId: next.taskId }, scope),
						}),
			};
		},
	});
}

function filterOf(query: Omit<Type.Static<typeof Query>, 'limit' | 'cursor'>): TaskFilter {
	const { status, type, tag, created_after, created_before } = query;
	const [key = '', ...value] = tag?.split(':') ?? [];
	return {
		...(status === undefined ? {} : { status }),
		...(type === undefined ? {} : { type }),
		...(tag === undefined ? {} : { tag: { key, value: value.join(':') } }),
		...(created_after === undefined ? {} : { createdAfterMs: Date.parse(created_after) }),
		...(created_before === undefined ? {} : { createdBeforeMs: Date.parse(created_before) }),
	};
}
