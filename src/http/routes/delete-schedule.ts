import type { ScheduleManager } from '../../tasks/manage-schedules.ts';
import { problemResponses } from '../problems/problem.ts';
import { requireSchedule, ScheduleParams, scheduleKeyOf } from '../schedules/schedule-resource.ts';
import type { App } from '../typed-app.ts';

/** Dependencies of the route. */
export interface DeleteScheduleRoute {
	readonly schedules: Pick<ScheduleManager, 'remove'>;
}

/** Registers `DELETE /v1/schedules/:schedule_id`. */
export function registerDeleteSchedule(app: App, { schedules }: DeleteScheduleRoute): void {
	app.route({
		method: 'DELETE',
		url: '/v1/schedules/:schedule_id',
		config: { access: 'schedules:write' },
		schema: {
			operationId: 'deleteSchedule',
			summary: 'Delete a schedule',
			description: 'It creates no tasks after this response. Tasks that it has created are not affected.',
			tags: ['schedules'],
			params: ScheduleParams,
			response: {
				204: { description: 'The schedule is deleted.', type: 'null' },
				...problemResponses('unauthorized', 'forbidden', 'not-found', 'validation'),
			},
		},
		async handler(request, reply) {
			if (!(await schedules.remove(scheduleKeyOf(request)))) requireSchedule(undefined);
			return reply.code(204).send(null);
		},
	});
}
