import { createCallbackStore } from '../aws/callback-store.ts';
import { createDynamoDbClient, createSfnClient } from '../aws/clients.ts';
import { createExecutionClient } from '../aws/execution-client.ts';
import { createLog } from '../aws/log.ts';
import { createTaskExecutions } from '../aws/task-executions.ts';
import { createTaskStore } from '../aws/task-store.ts';
import { ListenerEnvironment, parseConfig } from '../config.ts';
import { createMirror } from '../executions/mirror.ts';
import { type BatchResponse, handleEach, SqsEvent } from '../executions/sqs-batch.ts';
import { parseValue } from '../parse.ts';
import { createCallbackCloser } from '../tasks/await-callback.ts';

const config = parseConfig(ListenerEnvironment);
const log = createLog();
const dynamodb = createDynamoDbClient();
const store = createTaskStore(dynamodb, {
	table: config.TASK_TABLE,
	retentionSeconds: Number(config.TASK_RETENTION_SECONDS),
	now: Date.now,
});
const sfn = createSfnClient();
const executions = {
	...createExecutionClient(sfn, config.STATE_MACHINE_ARN_PREFIX),
	...createTaskExecutions(sfn, config.STATE_MACHINE_ARN_PREFIX),
};
const mirror = createMirror({
	store,
	executions,
	closeCallback: createCallbackCloser({
		callbacks: createCallbackStore(dynamodb, config.TASK_TABLE),
		now: Date.now,
	}),
	log,
});

export async function handler(event: unknown): Promise<BatchResponse> {
	return handleEach(parseValue(SqsEvent, event, 'SQS event').Records, mirror, log);
}
