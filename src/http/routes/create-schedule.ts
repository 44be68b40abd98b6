import * as Type from 'typebox';
import type { ScheduleManager } from '../../tasks/manage-schedules.ts';
import { MAX_SCHEDULED_TASK_BYTES, MAX_SCHEDULES } from '../../tasks/schedules.ts';
import type { Workflow } from '../../workflows/define-workflow.ts';
import { problemResponses } from '../problems/problem.ts';
import {
	requireWritten,
	SCHEDULE_MEMBERS,
	ScheduleResource,
	scheduledTask,
	scheduleResource,
} from '../schedules/schedule-resource.ts';
import { scheduledTaskSchema } from '../tasks/new-task.ts';
import type { App } from '../typed-app.ts';
import { type FindUrlFault, requireAllowedWebhook } from '../webhooks/webhook-members.ts';

/** Dependencies of the route. */
export interface CreateScheduleRoute {
	readonly schedules: Pick<ScheduleManager, 'create'>;
	readonly workflows: Readonly<Record<string, Workflow>>;
	readonly findUrlFault: FindUrlFault;
	readonly now: () => number;
}

/** Registers `POST /v1/schedules`. */
export function registerCreateSchedule(app: App, route: CreateScheduleRoute): void {
	const { schedules, workflows, findUrlFault, now } = route;
	app.route({
		method: 'POST',
		url: '/v1/schedules',
		config: { access: 'schedules:write' },
		schema: {
			operationId: 'createSchedule',
			summary: 'Create a schedule',
			description: `Creates a task at each time of a cron expression or at a rate. Give exactly one of \`cron\` and \`rate\`. The first run of a rate is one period after this request, on a whole minute. A principal has at most ${MAX_SCHEDULES} schedules, and \`task\` at most ${MAX_SCHEDULED_TASK_BYTES / 1024} KiB. Scheduled tasks do not count against the limit of requests per minute. After a 503 the schedule may exist: list the schedules before you repeat the request.`,
			tags: ['schedules'],
			body: Type.Object(
				{
					name: SCHEDULE_MEMBERS.name,
					cron: Type.Optional(SCHEDULE_MEMBERS.cron),
					rate: Type.Optional(SCHEDULE_MEMBERS.rate),
					timezone: Type.Optional(SCHEDULE_MEMBERS.timezone),
					task: scheduledTaskSchema(workflows),
					enabled: Type.Optional(Type.Boolean({ description: 'Default: true.' })),
				},
				{ title: 'NewSchedule', additionalProperties: false },
			),
			response: {
				201: {
					description: 'The schedule.',
					content: { 'application/json': { schema: ScheduleResource } },
				},
				...problemResponses(
					'malformed-json',
					'unauthorized',
					'forbidden',
					'conflict',
					'payload-too-large',
					'unsupported-media-type',
					'validation',
				),
			},
		},
		async handler({ principal, body }, reply) {
			const { task, enabled = true, ...settings } = body;
			if (task.webhook !== undefined)
				await requireAllowedWebhook(findUrlFault, task.webhook, ['task', 'webhook']);
			const outcome = await schedules.create(principal, { ...settings, enabled, task: scheduledTask(task) });
			return reply.code(201).send(scheduleResource(requireWritten(outcome), now()));
		},
	});
}
