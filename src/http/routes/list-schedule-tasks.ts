import * as Type from 'typebox';
import type { ScheduleManager } from '../../tasks/manage-schedules.ts';
import type { GetTaskOutcome } from '../../tasks/read-task.ts';
import { RUN_ERRORS, type ScheduleRun, type ScheduleStore } from '../../tasks/schedules.ts';
import type { TaskKey } from '../../tasks/task.ts';
import type { Cursors } from '../lists/cursors.ts';
import { CURSOR, NEXT_CURSOR, pageLimit, parseIntegers } from '../lists/paging.ts';
import { problemResponses } from '../problems/problem.ts';
import { requireSchedule, ScheduleParams, scheduleKeyOf } from '../schedules/schedule-resource.ts';
import { TaskResource, Time, taskResource, time } from '../tasks/task-resource.ts';
import type { App } from '../typed-app.ts';

/** Dependencies of the route. */
export interface ListScheduleTasksRoute {
	readonly schedules: Pick<ScheduleManager, 'find'>;
	readonly runs: Pick<ScheduleStore, 'listRuns'>;
	readonly getTask: (key: TaskKey) => Promise<GetTaskOutcome>;
	readonly cursors: Cursors;
	readonly now: () => number;
}

/** One run of a schedule in responses. */
const Run = Type.Object(
	{
		scheduled_at: Time,
		task_id: Type.Optional(Type.String({ format: 'uuid', description: 'Absent if no task was created.' })),
		task: Type.Optional(TaskResource),
		error: Type.Optional(
			Type.Object(
				{
					code: Type.Enum([...RUN_ERRORS]),
					message: Type.String(),
				},
				{ title: 'ScheduleRunError', additionalProperties: false, description: 'Why no task was created.' },
			),
		),
	},
	{
		title: 'ScheduleRun',
		additionalProperties: false,
		description: 'A run. `task` is present, without its `result`, until the task has expired.',
	},
);

/** Registers `GET /v1/schedules/:schedule_id/tasks`. */
export function registerListScheduleTasks(app: App, route: ListScheduleTasksRoute): void {
	const { schedules, runs, getTask, cursors, now } = route;

	async function present(run: ScheduleRun, basePath: string): Promise<Type.Static<typeof Run>> {
		const { taskId, error } = run;
		const scheduled_at = time(run.scheduledAtMs);
		if (error !== undefined) return { scheduled_at, error };
		const found = await getTask(run);
		if (found.kind !== 'found') return { scheduled_at, task_id: taskId };
		const { result: _, ...task } = taskResource(found.task, now(), { basePath });
		return { scheduled_at, task_id: taskId, task };
	}

	app.route({
		method: 'GET',
		url: '/v1/schedules/:schedule_id/tasks',
		config: { access: 'tasks:read' },
		schema: {
			operationId: 'listScheduleTasks',
			summary: 'List the tasks of a schedule',
			description:
				'The runs of a schedule with the tasks that they created, latest first. A run is listed for 7 days.',
			tags: ['schedules'],
			params: ScheduleParams,
			querystring: Type.Object(
				{ limit: pageLimit(1, 50, 20), cursor: CURSOR },
				{ additionalProperties: false },
			),
			response: {
				200: {
					description: 'The runs.',
					content: {
						'application/json': {
							schema: Type.Object(
								{ tasks: Type.Array(Run), next_cursor: NEXT_CURSOR },
								{ additionalProperties: false },
							),
						},
					},
				},
				...problemResponses('unauthorized', 'forbidden', 'not-found', 'validation'),
			},
		},
		preValidation: parseIntegers('limit'),
		async handler(request) {
			const key = scheduleKeyOf(request);
			const { limit = 20, cursor } = request.query;
			const scope = ['schedule-tasks', key.principal, key.scheduleId];
			requireSchedule(await schedules.find(key));
			const after = cursor === undefined ? {} : { after: await cursors.open(cursor, scope, Type.Integer()) };
			const { runs: found, next } = await runs.listRuns(key, { limit, ...after });
			return {
				tasks: await Promise.all(found.map((run) => present(run, request.basePath))),
				...(next === undefined ? {} : { next_cursor: await cursors.seal(next, scope) }),
			};
		},
	});
}
