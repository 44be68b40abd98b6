import { setTimeout as delay } from 'node:timers/promises';
import { createSnsClient } from '../aws/clients.ts';
import { createLog } from '../aws/log.ts';
import { createMetric } from '../aws/metrics.ts';
import { createStatusMirroring } from '../aws/status-mirroring.ts';
import { createTaskPublisher } from '../aws/task-publisher.ts';
import { parseConfig, ReconcilerEnvironment } from '../config.ts';
import { createReconciler } from '../executions/reconciler.ts';

const config = parseConfig(ReconcilerEnvironment);
const log = createLog();
const mirroring = createStatusMirroring(config, log);

const reconcile = createReconciler({
	...mirroring,
	publisher: createTaskPublisher(createSnsClient(), config.TASK_TOPIC_ARN),
	sleep: (ms) => delay(ms),
	countStuck: createMetric('StuckTasks', config.API_STAGE, mirroring.now),
	log,
});

export async function handler(): Promise<void> {
	await reconcile();
}
