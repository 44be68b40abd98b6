import type { Static } from 'typebox';
import type { ListenerEnvironment } from '../config.ts';
import type { DeclaredEnds } from '../executions/execution-client.ts';
import { createApplyReport } from '../executions/mirror.ts';
import { createCallbackCloser } from '../tasks/callbacks.ts';
import type { Log } from '../tasks/log.ts';
import type { TaskExecution } from '../tasks/task-executions.ts';
import { createCallbackStore } from './callback-store.ts';
import { createDynamoDbClient } from './clients.ts';
import {
	createExecutionClient,
	createSfnClient,
	createTaskExecutions,
	executionArnOf,
} from './executions.ts';
import { createTaskStore } from './task-store.ts';

/** Builds the ports that the listener, the reconciler and the dead-letter handler share: from Step Functions to the row of a task. */
export function createStatusMirroring(
	config: Static<typeof ListenerEnvironment>,
	declaredEnds: (type: string) => DeclaredEnds,
	log: Log,
) {
	const { TASK_TABLE, TASK_RETENTION_SECONDS, STATE_MACHINE_ARN_PREFIX, WEBHOOK_QUEUE_URL } = config;
	const now = Date.now;
	const dynamodb = createDynamoDbClient();
	const sfn = createSfnClient();
	const executions = createExecutionClient(sfn, STATE_MACHINE_ARN_PREFIX);
	const store = createTaskStore(dynamodb, {
		table: TASK_TABLE,
		retentionSeconds: Number(TASK_RETENTION_SECONDS),
		now,
		deliveryQueue: { url: WEBHOOK_QUEUE_URL, log },
	});
	return {
		now,
		store,
		executions,
		declaredEnds,
		describe: (task: TaskExecution) => executions.describe(executionArnOf(STATE_MACHINE_ARN_PREFIX, task)),
		applyReport: createApplyReport({
			store,
			closeCallback: createCallbackCloser({ callbacks: createCallbackStore(dynamodb, TASK_TABLE), now }),
			executions: createTaskExecutions(sfn, STATE_MACHINE_ARN_PREFIX),
			log,
		}),
	};
}
