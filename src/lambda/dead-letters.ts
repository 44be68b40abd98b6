import { createCallbackStore } from '../aws/callback-store.ts';
import { createDynamoDbClient, createSfnClient } from '../aws/clients.ts';
import { createExecutionClient, executionArnOf } from '../aws/execution-client.ts';
import { createLog } from '../aws/log.ts';
import { createTaskExecutions } from '../aws/task-executions.ts';
import { createTaskStore } from '../aws/task-store.ts';
import { DeadLettersEnvironment, parseConfig } from '../config.ts';
import { createApplySnapshot } from '../executions/apply-snapshot.ts';
import { createDeadLetterHandler } from '../executions/dead-letters.ts';
import { type BatchResponse, handleEach, SqsEvent } from '../executions/sqs-batch.ts';
import { parseValue } from '../parse.ts';
import { createCallbackCloser } from '../tasks/await-callback.ts';

const config = parseConfig(DeadLettersEnvironment);
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

const handleDeadLetter = createDeadLetterHandler({
	store,
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
	log,
});

export async function handler(event: unknown): Promise<BatchResponse> {
	return handleEach(parseValue(SqsEvent, event, 'SQS event').Records, handleDeadLetter, log);
}
