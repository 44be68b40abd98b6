import { setTimeout as delay } from 'node:timers/promises';
import { createSnsClient } from '../aws/clients.ts';
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
import { declaredEnds } from '../workflows/catalog.ts';

const config = parseConfig(ReconcilerEnvironment);
const log = createLog();
const mirroring = createStatusMirroring(config, declaredEnds, log);

const reconcile = createReconciler({
	...mirroring,
	publisher: createTaskPublisher(createSnsClient(), config.TASK_TOPIC_ARN),
	maxTasksPerRun: MAX_TASKS_PER_RUN,
	startDeadlineMs: Number(config.START_DEADLINE_SECONDS) * 1000,
	sleep: (ms) => delay(ms),
	recordStuckTasks: createMetric(STUCK_TASKS_METRIC, config.API_STAGE),
	recordLagSeconds: createMetric(RECONCILE_LAG_METRIC, config.API_STAGE, 'Seconds'),
	recordUnreadShards: createMetric(UNREAD_SHARDS_METRIC, config.API_STAGE),
	log,
});

/** The Lambda handler of the reconciler's schedule. */
export const handler = withInvocation(reconcile);
