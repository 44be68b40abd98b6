import { setTimeout as delay } from 'node:timers/promises';
import { createDynamoDbClient, createSnsClient } from '../aws/clients.ts';
import { createDeliveryQueue } from '../aws/delivery-queue.ts';
import { createDeliveryStore } from '../aws/delivery-store.ts';
import { withInvocation } from '../aws/invocation.ts';
import { createLog } from '../aws/log.ts';
import { createMetric } from '../aws/metrics.ts';
import { createTaskPublisher } from '../aws/publishers.ts';
import { createStatusMirroring } from '../aws/status-mirroring.ts';
import { parseConfig, ReconcilerEnvironment } from '../config.ts';
import {
	createReconciler,
	MAX_TASKS_PER_RUN,
	RECONCILE_LAG_METRIC,
	STUCK_TASKS_METRIC,
	UNREAD_SHARDS_METRIC,
} from '../executions/reconciler.ts';
import { createDeliveryDispatcher, MAX_DELIVERIES_PER_RUN } from '../tasks/dispatch-deliveries.ts';
import { declaredEnds } from '../workflows/catalog.ts';

const config = parseConfig(ReconcilerEnvironment);
const log = createLog();
const mirroring = createStatusMirroring(config, declaredEnds, log);

const reconcile = createReconciler({
	...mirroring,
	publisher: createTaskPublisher(createSnsClient(), {
		topicArn: config.TASK_TOPIC_ARN,
		queueUrl: config.START_QUEUE_URL,
	}),
	maxTasksPerRun: MAX_TASKS_PER_RUN,
	startDeadlineMs: Number(config.START_DEADLINE_SECONDS) * 1000,
	sleep: (ms) => delay(ms),
	recordStuckTasks: createMetric(STUCK_TASKS_METRIC, config.API_STAGE),
	recordLagSeconds: createMetric(RECONCILE_LAG_METRIC, config.API_STAGE, 'Seconds'),
	recordUnreadShards: createMetric(UNREAD_SHARDS_METRIC, config.API_STAGE),
	log,
});

const dispatch = createDeliveryDispatcher({
	deliveries: createDeliveryStore(createDynamoDbClient(), config.TASK_TABLE),
	queue: createDeliveryQueue(config.WEBHOOK_QUEUE_URL),
	maxPerRun: MAX_DELIVERIES_PER_RUN,
	now: Date.now,
	log,
});

/** The Lambda handler of the reconciler's schedule. A failure of one half does not stop the other. */
export const handler = withInvocation(async () => {
	const [reconciled, dispatched] = await Promise.allSettled([reconcile(), dispatch()]);
	if (dispatched.status === 'rejected') log.error('deliveries not dispatched', { error: dispatched.reason });
	if (reconciled.status === 'rejected') throw reconciled.reason;
});
