import type { DeliveryStore } from '../../tasks/deliveries.ts';
import type { GetTaskOutcome } from '../../tasks/read-task.ts';
import type { TaskKey } from '../../tasks/task.ts';
import type { Cursors } from '../lists/cursors.ts';
import { parseIntegers } from '../lists/paging.ts';
import { problemResponses } from '../problems/problem.ts';
import { requireTask, TaskParams, taskKeyOf } from '../tasks/task-resource.ts';
import type { App } from '../typed-app.ts';
import { DeliveryList, DeliveryListQuery, readDeliveryPage } from '../webhooks/delivery-resource.ts';

/** Dependencies of the route. */
export interface ListTaskDeliveriesRoute {
	readonly deliveries: Pick<DeliveryStore, 'listOfTask'>;
	readonly getTask: (key: TaskKey) => Promise<GetTaskOutcome>;
	readonly cursors: Cursors;
}

/** Registers `GET /v1/tasks/:task_id/deliveries`. */
export function registerListTaskDeliveries(app: App, route: ListTaskDeliveriesRoute): void {
	const { deliveries, getTask, cursors } = route;
	app.route({
		method: 'GET',
		url: '/v1/tasks/:task_id/deliveries',
		config: { access: 'tasks:read' },
		schema: {
			operationId: 'listTaskDeliveries',
			summary: 'List the webhook deliveries of a task',
			description:
				'The oldest event first. A delivery is listed for 7 days, also after its task has expired.',
			tags: ['webhooks'],
			params: TaskParams,
			querystring: DeliveryListQuery,
			response: {
				200: {
					description: 'The deliveries.',
					content: { 'application/json': { schema: DeliveryList } },
				},
				...problemResponses('unauthorized', 'forbidden', 'not-found', 'gone', 'validation'),
			},
		},
		preValidation: parseIntegers('limit'),
		async handler(request) {
			const key = taskKeyOf(request);
			const scope = ['deliveries', key.principal, key.taskId];
			const page = await readDeliveryPage(request.query, { cursors, scope }, (query) =>
				deliveries.listOfTask(key, query),
			);
			// Deliveries outlive their task, so only a task without any has to exist.
			if (page.deliveries.length === 0) requireTask(await getTask(key));
			return page;
		},
	});
}
