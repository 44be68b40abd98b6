import { createDynamoDbClient, createSecretsManagerClient } from '../aws/clients.ts';
import { createDeliveryQueue } from '../aws/delivery-queue.ts';
import { createDeliverySlots } from '../aws/delivery-slots.ts';
import { createDeliveryStore } from '../aws/delivery-store.ts';
import { createLog } from '../aws/log.ts';
import { createMetric } from '../aws/metrics.ts';
import { createSecretReader } from '../aws/secret-reader.ts';
import { createSqsHandler } from '../aws/sqs-handler.ts';
import { createWebhookStore } from '../aws/webhook-store.ts';
import { parseConfig, WebhookSenderEnvironment } from '../config.ts';
import { webhookBody } from '../http/webhooks/webhook-body.ts';
import { parseJson } from '../parse.ts';
import { createReceiverClient } from '../partners/webhook-receiver.ts';
import { DeliveryMessage, deliveryKeyOf } from '../tasks/delivery-message.ts';
import { createDeliverySender, DEAD_DELIVERIES_METRIC } from '../tasks/send-delivery.ts';
import { createWebhookSecrets } from '../tasks/webhook-secret.ts';
import { WORKFLOWS } from '../workflows/catalog.ts';

const config = parseConfig(WebhookSenderEnvironment);
const now = Date.now;
const dynamodb = createDynamoDbClient();
const recordDead = createMetric(DEAD_DELIVERIES_METRIC, config.API_STAGE);

const send = createDeliverySender({
	deliveries: createDeliveryStore(dynamodb, config.TASK_TABLE),
	slots: createDeliverySlots(dynamodb, config.TASK_TABLE, now),
	webhooks: createWebhookStore(dynamodb, config.TASK_TABLE),
	secrets: createWebhookSecrets({
		readMasterKeys: createSecretReader(createSecretsManagerClient(), config.WEBHOOK_SECRET_ARN),
		now,
	}),
	queue: createDeliveryQueue(config.WEBHOOK_QUEUE_URL),
	post: createReceiverClient({ allowLoopback: config.WEBHOOK_ADDRESSES === 'loopback', now }),
	bodyOf: webhookBody(WORKFLOWS),
	now,
	random: Math.random,
	recordDead: () => recordDead(1),
});

/** The Lambda handler of the queue of deliveries. */
export const handler = createSqsHandler(async ({ body, identify }) => {
	const key = deliveryKeyOf(parseJson(DeliveryMessage, body, 'delivery message'));
	await send(key, identify({ webhook_id: key.webhookId, delivery_id: key.deliveryId }));
}, createLog());
