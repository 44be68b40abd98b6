import { type DeliveryQueue, type DeliveryStore, type DueDelivery, LOST_MESSAGE_MS } from './deliveries.ts';
import type { Log } from './log.ts';

/** Deliveries that one run queues: at most 100 calls of SQS and 1,000 writes. */
export const MAX_DELIVERIES_PER_RUN = 1000;

/** Deliveries that are handled together: the maximum of a batch of SQS. */
const BATCH_SIZE = 10;

/** The ports of the dispatcher. */
export interface DispatchDependencies {
	readonly deliveries: Pick<DeliveryStore, 'find' | 'swap' | 'findDue'>;
	readonly queue: DeliveryQueue;
	readonly maxPerRun: number;
	readonly now: () => number;
	readonly log: Log;
}

/**
 * Creates one run of the dispatcher, which queues deliveries whose long wait has ended, and those whose message was lost or
 * whose sender crashed. Principals take turns. Concurrent runs are harmless: the sender ignores a repeated message.
 */
export function createDeliveryDispatcher({ deliveries, queue, maxPerRun, now, log }: DispatchDependencies) {
	return async (): Promise<void> => {
		const due = await deliveries.findDue(now());
		const selected = takeTurns(due, maxPerRun);
		for (let start = 0; start < selected.length; start += BATCH_SIZE) {
			const batch = selected.slice(start, start + BATCH_SIZE);
			const postponed = await Promise.all(batch.map(postponeCheck));
			const open = postponed.filter((each) => each !== undefined);
			if (open.length > 0) await queue.send(open);
		}
		if (due.length > 0) log.info('deliveries dispatched', { due: due.length, queued: selected.length });
	};

	/** Comes before the message, so that a delivery whose message fails again does not precede all others. */
	async function postponeCheck(key: DueDelivery): Promise<DueDelivery | undefined> {
		try {
			const delivery = await deliveries.find(key);
			if (delivery?.checkAtMs === undefined) return undefined;
			await deliveries.swap(delivery, { ...delivery, checkAtMs: now() + LOST_MESSAGE_MS });
			return key;
		} catch (error) {
			log.error('delivery not dispatched', { delivery_id: key.deliveryId, error });
			return undefined;
		}
	}
}

/** Selects deliveries by turns: the most overdue one of each webhook first, then the second of each, and so on. */
function takeTurns(due: readonly DueDelivery[], limit: number): readonly DueDelivery[] {
	const turns = new Map<string, number>();
	return due
		.toSorted((a, b) => a.checkAtMs - b.checkAtMs)
		.map((delivery) => {
			const owner = `${delivery.principal}/${delivery.webhookId}`;
			const turn = turns.get(owner) ?? 0;
			turns.set(owner, turn + 1);
			return { delivery, turn };
		})
		.toSorted((a, b) => a.turn - b.turn)
		.slice(0, limit)
		.map(({ delivery }) => delivery);
}
