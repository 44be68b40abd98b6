import { createDynamoDbClient } from '../aws/clients.ts';
import { createExecutionClient, createSfnClient, createTaskExecutions } from '../aws/executions.ts';
import { createLog } from '../aws/log.ts';
import { createSqsHandler } from '../aws/sqs-handler.ts';
import { createTaskStore } from '../aws/task-store.ts';
import { parseConfig, StarterEnvironment } from '../config.ts';
import { createStarter } from '../executions/starter.ts';

const config = parseConfig(StarterEnvironment);
const sfn = createSfnClient();
const start = createStarter({
	executions: {
		...createExecutionClient(sfn, config.STATE_MACHINE_ARN_PREFIX),
		...createTaskExecutions(sfn, config.STATE_MACHINE_ARN_PREFIX),
	},
	store: createTaskStore(createDynamoDbClient(), {
		table: config.TASK_TABLE,
		retentionSeconds: Number(config.TASK_RETENTION_SECONDS),
		now: Date.now,
	}),
	now: Date.now,
});

/** The Lambda handler of the start queue. */
export const handler = createSqsHandler(start, createLog());
