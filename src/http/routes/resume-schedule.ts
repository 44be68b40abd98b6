import type { ScheduleManager } from '../../tasks/manage-schedules.ts';
import { problemResponses } from '../problems/problem.ts';
import {
	requireWritten,
	ScheduleParams,
	ScheduleResource,
	scheduleKeyOf,
	scheduleResource,
} from '../schedules/schedule-resource.ts';
import type { App } from '../typed-app.ts';

/** Dependencies of the route. */
export interface ResumeScheduleRoute {
	readonly schedules: Pick<ScheduleManager, 'resume'>;
	readonly now: () => number;
}

/** Registers `POST /v1/schedules/:schedule_id/resume`. */
export function registerResumeSchedule(app: App, { schedules, now }: ResumeScheduleRoute): void {
	app.route({
		method: 'POST',
		url: '/v1/schedules/:schedule_id/resume',
		config: { access: 'schedules:write' },
		schema: {
			operationId: 'resumeSchedule',
			summary: 'Resume a schedule',
			description:
				'Its next run is the next time after this request. Times that passed while it was paused are skipped.',
			tags: ['schedules'],
			params: ScheduleParams,
			response: {
				200: {
					description: 'The schedule.',
					content: { 'application/json': { schema: ScheduleResource } },
				},
				...problemResponses('unauthorized', 'forbidden', 'not-found', 'validation'),
			},
		},
		async handler(request) {
			return scheduleResource(requireWritten(await schedules.resume(scheduleKeyOf(request))), now());
		},
	});
}
