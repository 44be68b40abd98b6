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
export interface PauseScheduleRoute {
	readonly schedules: Pick<ScheduleManager, 'pause'>;
	readonly now: () => number;
}

/** Registers `POST /v1/schedules/:schedule_id/pause`. */
export function registerPauseSchedule(app: App, { schedules, now }: PauseScheduleRoute): void {
	app.route({
		method: 'POST',
		url: '/v1/schedules/:schedule_id/pause',
		config: { access: 'schedules:write' },
		schema: {
			operationId: 'pauseSchedule',
			summary: 'Pause a schedule',
			description: 'It creates no tasks until it is resumed. Pausing a paused schedule changes nothing.',
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
			return scheduleResource(requireWritten(await schedules.pause(scheduleKeyOf(request))), now());
		},
	});
}
