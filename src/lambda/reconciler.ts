import { setTimeout as delay } from 'node:timers/promises';
import { createCallbackStore } from '../aws/callback-store.ts';
import { createDynamoDbClient, createSfnClient, createSnsClient } from '../aws/clients.ts';
import { createExecutionClient, executionArnOf } from '../aws/execution-client.ts';
import { createLog } from '../aws/log.ts';
import { createMetric } from '../aws/metrics.ts';
import { createTaskExecutions } from '../aws/task-executions.ts';
import { createTaskPublisher } from '../aws/task-publisher.ts';
import { createTaskStore } from '../aws/task-store.ts';
import { parseConfig, ReconcilerEnvironment } from '../config.ts';
import { createApplySnapshot } from '../executions/apply-snapshot.ts';
import { createReconciler } from '../executions/reconciler.ts';
import { createCallbackCloser } from '../tasks/await-callback.ts';

const config = parseConfig(ReconcilerEnvironment);
const log = createLog();
const now = Date.now;
const dynamodb = createDynamoDbClient();
const sfn = createSfnClient();
const executions = createExecutionClient(sfn, config.STATE_MACHINE_ARN_PREFIX);
const store = createTaskStore(dynamodb, {
	table: config.TASK_TABLE,
	retentionSeconds: Number(config.TASK_RETENTION_SECONDS),
	now,
});

const reconcile = createReconciler({
	store,
	publisher: createTaskPublisher(createSnsClient(), config.TASK_TOPIC_ARN),
	describe: (task) => executions.describe(executionArnOf(config.STATE_MACHINE_ARN_PREFIX, task)),
	applySnapshot: createApplySnapshot({
		store,
		closeCallback: createCallbackCloser({
			callbacks: createCallbackStore(dynamodb, config.TASK_TABLE),
			now,
		}),
		executions: createTaskExecutions(sfn, config.STATE_MACHINE_ARN_PREFIX),
		log,
	}),
	now,
	sleep: (ms) => delay(ms),
	countStuck: createMetric('StuckTasks', config.API_STAGE, now),
	log,
});

export async function handler(): Promise<void> {
	await reconcile();
}
