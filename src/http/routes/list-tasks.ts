import * as Type from 'typebox';
import { TASK_STATUSES } from '../../tasks/task.ts';
import { type TaskFilter, type TaskPage, TaskPosition, type TaskQuery } from '../../tasks/task-list.ts';
import type { Cursors } from '../lists/cursors.ts';
import { CURSOR, NEXT_CURSOR, pageLimit, parseIntegers } from '../lists/paging.ts';
import { problemResponses } from '../problems/problem.ts';
import { TaskResource, TIME_PATTERN } from '../tasks/task-resource.ts';
import { presentTaskTo, type TaskPresentation } from '../tasks/task-response.ts';
import type { App } from '../typed-app.ts';

/** Dependencies of the route. */
export interface ListTasksRoute extends TaskPresentation {
	readonly listTasks: (principal: string, query: TaskQuery) => Promise<TaskPage>;
	readonly cursors: Cursors;
}

const timeFilter = (description: string) =>
	Type.Optional(
		Type.String({
			format: 'date-time',
			pattern: TIME_PATTERN,
			description,
			examples: ['2026-11-20T09:30:00.000Z'],
		}),
	);

const Query = Type.Object(
	{
		status: Type.Optional(Type.Enum([...TASK_STATUSES], { description: 'Only tasks with this status.' })),
		type: Type.Optional(Type.String({ maxLength: 100, description: 'Only tasks of this type.' })),
		tag: Type.Optional(
			Type.String({
				pattern: '^[A-Za-z0-9_.-]{1,64}:',
				maxLength: 129,
				description: '`key:value`.',
				examples: ['team:billing'],
			}),
		),
		scheduled: Type.Optional(
			Type.Enum(['true', 'false'], {
				type: 'string',
				description: '`true`: only tasks that wait for the time of their start. `false`: only others.',
			}),
		),
		created_after: timeFilter('Only tasks created after this time.'),
		created_before: timeFilter('Only tasks created before this time.'),
		limit: pageLimit(1, 100, 20),
		cursor: CURSOR,
	},
	{ additionalProperties: false },
);

/** Registers `GET /v1/tasks`. */
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
				'Filters are combined by AND. A page may have fewer tasks than `limit`, even none, and still have a `next_cursor`; the page without one is the last. Tasks that are created in the meantime do not move the following pages.',
			tags: ['tasks'],
			querystring: Query,
			response: {
				200: {
					description: 'Tasks of the caller, without their results.',
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
		async handler(request) {
			const { principal, query } = request;
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
				tasks: await Promise.all(page.tasks.map((task) => presentTaskTo(request, task, route))),
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
	const { status, type, tag, scheduled, created_after, created_before } = query;
	const [key = '', ...value] = tag?.split(':') ?? [];
	return {
		...(status === undefined ? {} : { status }),
		...(type === undefined ? {} : { type }),
		...(tag === undefined ? {} : { tag: { key, value: value.join(':') } }),
		...(scheduled === undefined ? {} : { isScheduled: scheduled === 'true' }),
		...(created_after === undefined ? {} : { createdAfterMs: Date.parse(created_after) }),
		...(created_before === undefined ? {} : { createdBeforeMs: Date.parse(created_before) }),
	};
}
