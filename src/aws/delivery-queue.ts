import type { SQSClient } from '@aws-sdk/client-sqs';
import type { DeliveryKey, DeliveryQueue } from '../tasks/deliveries.ts';
import { deliveryMessage } from '../tasks/delivery-message.ts';
import type { Log } from '../tasks/log.ts';
import { CLIENT_SETTINGS, guardCalls } from './client-settings.ts';

/** Messages of one batch: the maximum of SQS. */
const BATCH_SIZE = 10;

/**
 * Creates the sender's queue. Its client of SQS is loaded on first use, since many deliveries need no retry. Each webhook is a
 * group of SQS's fair queues, so that the backlog of one receiver does not delay the messages of others.
 */
export function createDeliveryQueue(queueUrl: string): DeliveryQueue {
	let opened: Promise<(keys: readonly DeliveryKey[], delaySeconds: number) => Promise<void>> | undefined;
	const open = () =>
		(opened ??= import('@aws-sdk/client-sqs').then((sqs) => {
			const client: SQSClient = new sqs.SQSClient(CLIENT_SETTINGS);
			client.middlewareStack.use(guardCalls('SQS'));
			return async (keys, DelaySeconds) => {
				const { Failed = [] } = await client.send(
					new sqs.SendMessageBatchCommand({
						QueueUrl: queueUrl,
						Entries: keys.map((key, index) => ({
							Id: String(index),
							MessageBody: deliveryMessage(key),
							MessageGroupId: key.webhookId,
							DelaySeconds,
						})),
					}),
				);
				const [failed] = Failed;
				if (failed !== undefined) throw new Error(`SQS refused ${Failed.length} messages: ${failed.Code}.`);
			};
		}));
	return {
		async send(deliveries, delaySeconds = 0) {
			const send = await open();
			for (let start = 0; start < deliveries.length; start += BATCH_SIZE)
				await send(deliveries.slice(start, start + BATCH_SIZE), delaySeconds);
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
