import * as Type from 'typebox';
import type { ScheduleManager } from '../../tasks/manage-schedules.ts';
import { problemResponses } from '../problems/problem.ts';
import { ScheduleResource, scheduleResource } from '../schedules/schedule-resource.ts';
import type { App } from '../typed-app.ts';

/** Dependencies of the route. */
export interface ListSchedulesRoute {
	readonly schedules: Pick<ScheduleManager, 'list'>;
	readonly now: () => number;
}

/** Registers `GET /v1/schedules`. */
export function registerListSchedules(app: App, { schedules, now }: ListSchedulesRoute): void {
	app.route({
		method: 'GET',
		url: '/v1/schedules',
		config: { access: 'schedules:write' },
		schema: {
			operationId: 'listSchedules',
			summary: 'List schedules',
			description: 'All schedules of the caller, in the order of their creation.',
			tags: ['schedules'],
			response: {
				200: {
					description: 'The schedules.',
					content: {
						'application/json': {
							schema: Type.Object(
								{ schedules: Type.Array(ScheduleResource) },
								{ additionalProperties: false },
							),
						},
					},
				},
				...problemResponses('unauthorized', 'forbidden'),
			},
		},
		async handler({ principal }) {
			const found = await schedules.list(principal);
			return { schedules: found.map((schedule) => scheduleResource(schedule, now())) };
		},
	});
}
