import * as Type from 'typebox';
import type { ScheduleManager } from '../../tasks/manage-schedules.ts';
import type { Workflow } from '../../workflows/define-workflow.ts';
import { problemResponses } from '../problems/problem.ts';
import {
	requireWritten,
	SCHEDULE_MEMBERS,
	ScheduleParams,
	ScheduleResource,
	scheduledTask,
	scheduleKeyOf,
	scheduleResource,
} from '../schedules/schedule-resource.ts';
import { scheduledTaskSchema } from '../tasks/new-task.ts';
import type { App } from '../typed-app.ts';
import { type FindUrlFault, requireAllowedWebhook } from '../webhooks/webhook-members.ts';

/** Dependencies of the route. */
export interface UpdateScheduleRoute {
	readonly schedules: Pick<ScheduleManager, 'update'>;
	readonly workflows: Readonly<Record<string, Workflow>>;
	readonly findUrlFault: FindUrlFault;
	readonly now: () => number;
}

/** Registers `PATCH /v1/schedules/:schedule_id`. */
export function registerUpdateSchedule(app: App, route: UpdateScheduleRoute): void {
	const { schedules, workflows, findUrlFault, now } = route;
	app.route({
		method: 'PATCH',
		url: '/v1/schedules/:schedule_id',
		config: { access: 'schedules:write' },
		schema: {
			operationId: 'updateSchedule',
			summary: 'Update a schedule',
			description:
				'Changes the given members. `cron` replaces `rate`, and the other way round; `task` replaces the whole task; `timezone: null` means UTC. Tasks that exist already are not affected.',
			tags: ['schedules'],
			params: ScheduleParams,
			body: Type.Object(
				{
					name: Type.Optional(SCHEDULE_MEMBERS.name),
					cron: Type.Optional(SCHEDULE_MEMBERS.cron),
					rate: Type.Optional(SCHEDULE_MEMBERS.rate),
					timezone: Type.Optional(Type.Union([SCHEDULE_MEMBERS.timezone, Type.Null()])),
					task: Type.Optional(scheduledTaskSchema(workflows)),
					enabled: Type.Optional(Type.Boolean()),
				},
				{ title: 'ScheduleUpdate', additionalProperties: false },
			),
			response: {
				200: {
					description: 'The schedule.',
					content: { 'application/json': { schema: ScheduleResource } },
				},
				...problemResponses(
					'malformed-json',
					'unauthorized',
					'forbidden',
					'not-found',
					'payload-too-large',
					'unsupported-media-type',
					'validation',
				),
			},
		},
		async handler(request) {
			const { task, ...update } = request.body;
			if (task?.webhook !== undefined)
				await requireAllowedWebhook(findUrlFault, task.webhook, ['task', 'webhook']);
			const outcome = await schedules.update(scheduleKeyOf(request), {
				...update,
				...(task === undefined ? {} : { task: scheduledTask(task) }),
			});
			return scheduleResource(requireWritten(outcome), now());
		},
	});
}
