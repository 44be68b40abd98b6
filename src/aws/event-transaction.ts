import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { createWriteTransaction } from 'electrodb';
import { type Delivery, eventOf, LOST_MESSAGE_MS, newDeliveries } from '../tasks/deliveries.ts';
import type { Log } from '../tasks/log.ts';
import { ServiceUnavailableError } from '../tasks/service-unavailable.ts';
import type { Task } from '../tasks/task.ts';
import { runOperation } from './conditional-write.ts';
import { createDeliveryEntity, toDeliveryItem } from './delivery-entity.ts';
import { createDeliveryAnnouncer, createDeliveryQueue } from './delivery-queue.ts';
import type { TaskEntity } from './task-entity.ts';

/** An update of a row, without its conditions. */
export interface RowUpdate {
	readonly set: Parameters<ReturnType<TaskEntity['update']>['set']>[0];
	readonly remove: Parameters<ReturnType<TaskEntity['update']>['remove']>[0];
}

/** The parts of the transactions of a store. */
export interface EventTransactionOptions {
	readonly client: DynamoDBClient;
	readonly table: string;
	readonly tasks: TaskEntity;
	/** The queue of deliveries. Absent: the dispatcher queues them, within a minute. */
	readonly deliveryQueue: { readonly url: string; readonly log: Log } | undefined;
	readonly now: () => number;
}

/**
 * Changes the row of a task with webhooks together with the deliveries of the event, in one transaction. `change` returns
 * the row after the change, or `undefined` if nothing is to be changed. It is repeated with the latest row after each
 * concurrent write.
 */
export type EventTransaction = (
	readRow: () => Promise<Task | undefined>,
	change: (row: Task) => { readonly next: Task; readonly update: RowUpdate } | undefined,
) => Promise<Task | undefined>;

/** Each conflict is a concurrent write of the row by another function; a busy task has a few of them. */
const MAX_ATTEMPTS = 10;

/** Creates the transaction of a store. */
export function createEventTransaction(options: EventTransactionOptions): EventTransaction {
	const { client, table, tasks, deliveryQueue, now } = options;
	const entities = { task: tasks, delivery: createDeliveryEntity(client, table) };
	const announce =
		deliveryQueue === undefined
			? undefined
			: createDeliveryAnnouncer(createDeliveryQueue(deliveryQueue.url), deliveryQueue.log);
	return async (readRow, change) => {
		/** Ids of deliveries that an earlier report of the same event has created. */
		const existing = new Set<string>();
		for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
			const row = await readRow();
			const changed = row === undefined ? undefined : change(row);
			if (row === undefined || changed === undefined) return undefined;
			const { next, update } = changed;
			const event = eventOf(next);
			const checkAtMs = now() + (announce === undefined ? 0 : LOST_MESSAGE_MS);
			const deliveries =
				event === undefined
					? []
					: newDeliveries(next, event, checkAtMs).filter(({ deliveryId }) => !existing.has(deliveryId));
			const result = await runOperation(() =>
				createWriteTransaction(entities, ({ task, delivery }) => [
					task
						.update({ principal: row.principal, taskId: row.taskId })
						.set(update.set)
						.add({ revision: 1 })
						.remove(update.remove)
						.where(
							(item, { eq }) =>
								`${eq(item.createdAtMs, row.createdAtMs)} AND ${eq(item.revision, row.revision)}`,
						)
						.commit(),
					...deliveries.map((each) => delivery.create(toDeliveryItem(each)).commit()),
				]).go(),
			);
			if (!result.canceled) {
				if (deliveries.length > 0) await announce?.(deliveries);
				return next;
			}
			const codes = result.data.map(({ code }) => code);
			rejectUnavailable(codes);
			deliveries.forEach(({ deliveryId }: Delivery, index) => {
				if (codes[index + 1] === 'ConditionalCheckFailed') existing.add(deliveryId);
			});
		}
		throw new ServiceUnavailableError('DynamoDB', {
			cause: new Error('Too many concurrent updates of a task.'),
		});
	};
}

/** A conflict or a failed condition is repeated with the latest row; a throttled transaction is not. */
function rejectUnavailable(codes: readonly string[]): void {
	const reason = codes.find(
		(code) => !['None', 'ConditionalCheckFailed', 'TransactionConflict'].includes(code),
	);
	if (reason !== undefined)
		throw new ServiceUnavailableError('DynamoDB', { cause: new Error(`Transaction cancelled: ${reason}.`) });
}
