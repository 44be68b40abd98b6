import { createCallbackStore } from '../aws/callback-store.ts';
import { createDynamoDbClient, createSfnClient } from '../aws/clients.ts';
import { createExecutionClient } from '../aws/execution-client.ts';
import { createLog } from '../aws/log.ts';
import { createTaskExecutions } from '../aws/task-executions.ts';
import { createTaskStore } from '../aws/task-store.ts';
import { ListenerEnvironment, parseConfig } from '../config.ts';
import { createApplySnapshot } from '../executions/apply-snapshot.ts';
import { createMirror } from '../executions/mirror.ts';
import { type BatchResponse, handleEach, SqsEvent } from '../executions/sqs-batch.ts';
import { parseValue } from '../parse.ts';
import { createCallbackCloser } from '../tasks/await-callback.ts';

const config = parseConfig(ListenerEnvironment);
const log = createLog();
const now = Date.now;
const dynamodb = createDynamoDbClient();
const sfn = createSfnClient();

const mirror = createMirror({
	executions: createExecutionClient(sfn, config.STATE_MACHINE_ARN_PREFIX),
	applySnapshot: createApplySnapshot({
		store: createTaskStore(dynamodb, {
			table: config.TASK_TABLE,
			retentionSeconds: Number(config.TASK_RETENTION_SECONDS),
			now,
		}),
		closeCallback: createCallbackCloser({
			callbacks: createCallbackStore(dynamodb, config.TASK_TABLE),
			now,
		}),
		executions: createTaskExecutions(sfn, config.STATE_MACHINE_ARN_PREFIX),
		log,
	}),
	log,
});

export async function handler(event: unknown): Promise<BatchResponse> {
	return handleEach(parseValue(SqsEvent, event, 'SQS event').Records, mirror, log);
}
