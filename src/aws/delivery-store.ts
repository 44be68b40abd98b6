import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Delivery, DeliveryKey, DeliveryPage, DeliveryStore, DueDelivery } from '../tasks/deliveries.ts';
import { ignoreConditionFailure, runOperation } from './conditional-write.ts';
import {
	createDeliveryEntity,
	DELIVERY_SHARDS,
	FIRST_DELIVERY_SHARD,
	fromDeliveryItem,
	keyOfReference,
	toDeliveryItem,
} from './delivery-entity.ts';

/** Keys that one query of the index `open` returns at most. */
const MAX_KEYS_PER_QUERY = 1000;

/** Creates the delivery store on DynamoDB, in the table of the tasks. */
export function createDeliveryStore(client: DynamoDBClient, table: string): DeliveryStore {
	const deliveries = createDeliveryEntity(client, table);
	const find = async (key: DeliveryKey): Promise<Delivery | undefined> => {
		const { data } = await runOperation(() => deliveries.get(keyOf(key)).go({ consistent: true }));
		return data === null ? undefined : fromDeliveryItem(data);
	};
	return {
		find,

		async swap(before, next) {
			const delivery = { ...next, version: (before?.version ?? 0) + 1 };
			const written = await ignoreConditionFailure(() =>
				deliveries
					.put(toDeliveryItem(delivery))
					.where(({ deliveryId, version }, { notExists, eq }) =>
						before === undefined ? notExists(deliveryId) : eq(version, before.version),
					)
					.go({ response: 'none' }),
			);
			return written === undefined ? undefined : delivery;
		},

		async findDue(nowMs) {
			const query = async (shard: number, order: 'asc' | 'desc') => {
				const { data, cursor } = await runOperation(() =>
					deliveries.query
						.open({ open_shard: FIRST_DELIVERY_SHARD + shard })
						.lte({ check_at_ms: nowMs })
						.go({ order, limit: MAX_KEYS_PER_QUERY }),
				);
				const due = data.flatMap(({ principal, reference, check_at_ms: checkAtMs }): DueDelivery[] =>
					checkAtMs === undefined ? [] : [{ ...keyOfReference(principal, reference), checkAtMs }],
				);
				return { due, hasMore: cursor !== null };
			};
			const shards = Array.from({ length: DELIVERY_SHARDS }, async (_, shard) => {
				const oldest = await query(shard, 'asc');
				return oldest.hasMore ? [...oldest.due, ...(await query(shard, 'desc')).due] : oldest.due;
			});
			const due = (await Promise.all(shards)).flat();
			return [...new Map(due.map((delivery) => [delivery.deliveryId, delivery])).values()];
		},

		async listOfWebhook({ principal, webhookId }, { limit, after }) {
			const query = deliveries.query.delivery({ principal, webhookId });
			const { data } = await runOperation(() =>
				(after === undefined ? query : query.lt({ deliveryId: after })).go({
					order: 'desc',
					limit: limit + 1,
					consistent: true,
				}),
			);
			return pageOf(data.map(fromDeliveryItem), limit, ({ deliveryId }) => deliveryId);
		},

		async listOfTask({ principal, taskId }, { limit, after }) {
			const query = deliveries.query.list({ principal, subject: taskId });
			const { data } = await runOperation(() =>
				(after === undefined ? query : query.gt(positionOf(after))).go({ limit: limit + 1 }),
			);
			const found = await Promise.all(
				data.map(({ reference }) => find(keyOfReference(principal, reference))),
			);
			return pageOf(
				found.filter((delivery) => delivery !== undefined),
				limit,
				({ createdAtMs, deliveryId }) => `${createdAtMs}/${deliveryId}`,
			);
		},
	};
}

function positionOf(after: string): { createdAtMs: number; deliveryId: string } {
	const [createdAtMs = '', deliveryId = ''] = after.split('/');
	return { createdAtMs: Number(createdAtMs), deliveryId };
}

/** One delivery more than the page has been read, to know whether it is the last one. */
function pageOf(
	found: readonly Delivery[],
	limit: number,
	positionAfter: (delivery: Delivery) => string,
): DeliveryPage {
	const deliveries = found.slice(0, limit);
	const last = deliveries.at(-1);
	return {
		deliveries,
		...(found.length <= limit || last === undefined ? {} : { next: positionAfter(last) }),
	};
}

/** Picks the key: the caller's value may have other members. */
function keyOf({ principal, webhookId, deliveryId }: DeliveryKey) {
	return { principal, webhookId, deliveryId };
}
