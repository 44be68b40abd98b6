import type { ScheduleManager } from '../../tasks/manage-schedules.ts';
import { problemResponses } from '../problems/problem.ts';
import {
	requireSchedule,
	ScheduleParams,
	ScheduleResource,
	scheduleKeyOf,
	scheduleResource,
} from '../schedules/schedule-resource.ts';
import type { App } from '../typed-app.ts';

/** Dependencies of the route. */
export interface GetScheduleRoute {
	readonly schedules: Pick<ScheduleManager, 'find'>;
	readonly now: () => number;
}

/** Registers `GET /v1/schedules/:schedule_id`. */
export function registerGetSchedule(app: App, { schedules, now }: GetScheduleRoute): void {
	app.route({
		method: 'GET',
		url: '/v1/schedules/:schedule_id',
		config: { access: 'schedules:write' },
		schema: {
			operationId: 'getSchedule',
			summary: 'Get a schedule',
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
			return scheduleResource(requireSchedule(await schedules.find(scheduleKeyOf(request))), now());
		},
	});
}
