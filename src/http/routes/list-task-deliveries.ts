import type { DeliveryStore } from '../../tasks/deliveries.ts';
import type { Cursors } from '../lists/cursors.ts';
import { parseIntegers } from '../lists/paging.ts';
import { problemResponses } from '../problems/problem.ts';
import { TaskParams, taskKeyOf } from '../tasks/task-resource.ts';
import type { App } from '../typed-app.ts';
import {
	DeliveryList,
	DeliveryListQuery,
	DeliveryPosition,
	deliveryResource,
} from '../webhooks/delivery-resource.ts';

/** Dependencies of the route. */
export interface ListTaskDeliveriesRoute {
	readonly deliveries: Pick<DeliveryStore, 'listOfTask'>;
	readonly cursors: Cursors;
}

/** Registers `GET /v1/tasks/:task_id/deliveries`. */
export function registerListTaskDeliveries(app: App, { deliveries, cursors }: ListTaskDeliveriesRoute): void {
	app.route({
		method: 'GET',
		url: '/v1/tasks/:task_id/deliveries',
		config: { access: 'tasks:read' },
		schema: {
			operationId: 'listTaskDeliveries',
			summary: 'List the webhook deliveries of a task',
			description:
				'The oldest event first. A delivery is listed for 7 days, also after its task has expired. The list is empty for a task without webhooks and for an unknown task.',
			tags: ['webhooks'],
			params: TaskParams,
			querystring: DeliveryListQuery,
			response: {
				200: {
					description: 'The deliveries.',
					content: { 'application/json': { schema: DeliveryList } },
				},
				...problemResponses('unauthorized', 'forbidden', 'validation'),
			},
		},
		preValidation: parseIntegers('limit'),
		async handler(request) {
			const { limit = 20, cursor } = request.query;
			const key = taskKeyOf(request);
			const scope = ['deliveries', key.principal, key.taskId];
			const page = await deliveries.listOfTask(key, {
				limit,
				...(cursor === undefined ? {} : { after: await cursors.open(cursor, scope, DeliveryPosition) }),
			});
			return {
				deliveries: page.deliveries.map(deliveryResource),
				...(page.next === undefined ? {} : { next_cursor: await cursors.seal(page.next, scope) }),
			};
		},
	});
}
