import { parseJson } from '../parse.ts';
import type { Log } from '../tasks/log.ts';
import { TaskMessage } from '../tasks/task-message.ts';
import type { ExecutionClient } from './execution-client.ts';
import type { SqsRecord } from './sqs-batch.ts';

/** Starts the one execution of the task that a message asks for; a message that comes twice starts nothing new. */
export function createStarter({ executions, log }: { executions: ExecutionClient; log: Log }) {
	return async (record: SqsRecord): Promise<void> => {
		const task = parseJson(TaskMessage, record.body, 'task message');
		const traceparent = record.messageAttributes['traceparent']?.stringValue ?? undefined;
		const outcome = await executions.start(task, traceparent);
		log.info(outcome === 'started' ? 'execution started' : 'execution was already started', {
			task_id: task.task_id,
			type: task.type,
			traceparent,
		});
	};
}
