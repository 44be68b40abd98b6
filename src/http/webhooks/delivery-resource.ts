import * as Type from 'typebox';
import {
	DELIVERY_STATUSES,
	type Delivery,
	type DeliveryAttempt,
	type DeliveryPage,
	type DeliveryQuery,
} from '../../tasks/deliveries.ts';
import { TASK_EVENTS, TEST_EVENT } from '../../tasks/webhooks.ts';
import type { Cursors } from '../lists/cursors.ts';
import { CURSOR, NEXT_CURSOR, pageLimit } from '../lists/paging.ts';
import { Time, time } from '../tasks/task-resource.ts';

const Attempt = Type.Object(
	{
		at: Time,
		latency_ms: Type.Integer({ minimum: 0 }),
		status_code: Type.Optional(Type.Integer()),
		response: Type.Optional(Type.String({ description: 'The first 1 KB of the response.' })),
		error: Type.Optional(Type.String({ description: 'The reason for the absence of a response.' })),
	},
	{ title: 'DeliveryAttempt', additionalProperties: false },
);

/** A delivery in responses. */
export const DeliveryResource = Type.Object(
	{
		delivery_id: Type.String({
			format: 'uuid',
			description: 'The `webhook-id` header of every attempt, replays included.',
		}),
		webhook_id: Type.String({
			format: 'uuid',
			description: 'The id of the webhook; for a task’s own URL, the id of the task.',
		}),
		task_id: Type.Optional(Type.String({ format: 'uuid' })),
		event: Type.Enum([...TASK_EVENTS, TEST_EVENT]),
		status: Type.Enum([...DELIVERY_STATUSES], {
			description: '`dead`: the last attempt failed, or the webhook was disabled or deleted.',
		}),
		created_at: Time,
		next_attempt_at: Type.Optional(Time),
		finished_at: Type.Optional(Time),
		dead_reason: Type.Optional(Type.String()),
		attempts: Type.Array(Attempt, { description: 'The latest attempts, oldest first.' }),
	},
	{ title: 'Delivery', additionalProperties: false },
);

/** A delivery in responses, as its schema types it. */
export type DeliveryResource = Type.Static<typeof DeliveryResource>;

/** A page of deliveries in responses. */
export const DeliveryList = Type.Object(
	{ deliveries: Type.Array(DeliveryResource), next_cursor: NEXT_CURSOR },
	{ additionalProperties: false },
);

/** Query parameters of a list of deliveries. */
export const DeliveryListQuery = Type.Object(
	{ limit: pageLimit(1, 50, 20), cursor: CURSOR },
	{ additionalProperties: false },
);

/** The position of the next page, inside of a cursor. */
const DeliveryPosition = Type.String();

/**
 * Reads a page of deliveries and builds its representation.
 * @param scope the list that a cursor belongs to.
 * @throws {@link ProblemError} for the cursor of another list.
 */
export async function readDeliveryPage(
	{ limit = 20, cursor }: Type.Static<typeof DeliveryListQuery>,
	{ cursors, scope }: { readonly cursors: Cursors; readonly scope: readonly string[] },
	list: (query: DeliveryQuery) => Promise<DeliveryPage>,
): Promise<Type.Static<typeof DeliveryList>> {
	const after = cursor === undefined ? {} : { after: await cursors.open(cursor, scope, DeliveryPosition) };
	const { deliveries, next } = await list({ limit, ...after });
	return {
		deliveries: deliveries.map(deliveryResource),
		...(next === undefined ? {} : { next_cursor: await cursors.seal(next, scope) }),
	};
}

/** Builds the representation of a delivery. */
export function deliveryResource(delivery: Delivery): DeliveryResource {
	const { task, nextAttemptAtMs, finishedAtMs, deadReason } = delivery;
	return {
		delivery_id: delivery.deliveryId,
		webhook_id: delivery.webhookId,
		...(task === undefined ? {} : { task_id: task.taskId }),
		event: delivery.event,
		status: delivery.status,
		created_at: time(delivery.createdAtMs),
		...(nextAttemptAtMs === undefined ? {} : { next_attempt_at: time(nextAttemptAtMs) }),
		...(finishedAtMs === undefined ? {} : { finished_at: time(finishedAtMs) }),
		...(deadReason === undefined ? {} : { dead_reason: deadReason }),
		attempts: delivery.attempts.map(attemptResource),
	};
}

function attemptResource({ atMs, latencyMs, statusCode, response, error }: DeliveryAttempt) {
	return {
		at: time(atMs),
		latency_ms: latencyMs,
		...(statusCode === undefined ? {} : { status_code: statusCode }),
		...(response === undefined ? {} : { response }),
		...(error === undefined ? {} : { error }),
	};
}
