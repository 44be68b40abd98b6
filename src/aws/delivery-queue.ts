import type { DeliveryKey, DeliveryQueue } from '../tasks/deliveries.ts';
import { deliveryMessage } from '../tasks/delivery-message.ts';
import type { Log } from '../tasks/log.ts';
import { createSqsLoader } from './clients.ts';

/** Messages of one batch: the maximum of SQS. */
const BATCH_SIZE = 10;

/**
 * Creates the sender's queue. Each webhook is a group of SQS's fair queues, so that the backlog of one receiver does not delay
 * the messages of others.
 */
export function createDeliveryQueue(queueUrl: string): DeliveryQueue {
	const loadSqs = createSqsLoader();
	return {
		async send(deliveries, delaySeconds = 0) {
			const { sqs, client } = await loadSqs();
			for (let start = 0; start < deliveries.length; start += BATCH_SIZE) {
				const { Failed = [] } = await client.send(
					new sqs.SendMessageBatchCommand({
						QueueUrl: queueUrl,
						Entries: deliveries.slice(start, start + BATCH_SIZE).map((key, index) => ({
							Id: String(index),
							MessageBody: deliveryMessage(key),
							MessageGroupId: key.webhookId,
							DelaySeconds: delaySeconds,
						})),
					}),
				);
				const [failed] = Failed;
				if (failed !== undefined) throw new Error(`SQS refused ${Failed.length} messages: ${failed.Code}.`);
			}
		},
	};
}

/** Queues deliveries that have just been written. A failure is logged: the dispatcher queues them within two minutes. */
export function createDeliveryAnnouncer(queue: DeliveryQueue, log: Log) {
	return async (deliveries: readonly DeliveryKey[]): Promise<void> => {
		try {
			await queue.send(deliveries);
		} catch (error) {
			log.error('deliveries not queued', { deliveries: deliveries.length, error });
		}
	};
}
