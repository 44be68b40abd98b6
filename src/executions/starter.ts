import { parseJson } from '../parse.ts';
import type { Log } from '../tasks/log.ts';
import { isCancelRequested, isTerminal } from '../tasks/task.ts';
import type { TaskExecutions } from '../tasks/task-executions.ts';
import { TaskMessage } from '../tasks/task-message.ts';
import type { TaskStore } from '../tasks/task-store.ts';
import type { ExecutionClient } from './execution-client.ts';
import type { SqsRecord } from './sqs-batch.ts';

export interface StarterDependencies {
	readonly executions: Pick<ExecutionClient, 'start'> & Pick<TaskExecutions, 'stop'>;
	readonly store: Pick<TaskStore, 'get'>;
	readonly now: () => number;
	readonly log: Log;
}

/** Starts the one execution of the task that a message asks for; a message that comes twice starts nothing new. */
export function createStarter({ executions, store, now, log }: StarterDependencies) {
	return async (record: SqsRecord): Promise<void> => {
		const message = parseJson(TaskMessage, record.body, 'task message');
		const traceparent = record.messageAttributes['traceparent']?.stringValue ?? undefined;
		const { task_id, principal, type, created_at_ms } = message.task;
		const key = { principal, taskId: task_id };
		// A message that a DLQ has given back may be of a task that was ended for want of it. One that is young cannot be.
		if (now() - created_at_ms > YOUNG_MS) {
			const before = await store.get(key);
			if (before?.createdAtMs !== created_at_ms || isTerminal(before.status)) {
				log.warn('message of a task that is over', { task_id, type });
				return;
			}
		}
		const outcome = await executions.start(message, traceparent);
		const fields = { task_id, type, traceparent };
		log.info(outcome === 'started' ? 'execution started' : 'execution was already started', fields);

		// A cancel that came before the start had nothing to stop. Looking again only now leaves it no gap.
		const task = await store.get(key);
		if (task?.createdAtMs !== created_at_ms || !isCancelRequested(task)) return;
		await executions.stop(task, CANCELLED_BEFORE_START);
		log.info('execution of a cancelled task stopped', fields);
	};
}

/** A message reaches a DLQ, where its task may be ended, after five receives a minute apart. */
const YOUNG_MS = 60_000;

const CANCELLED_BEFORE_START = 'The task was cancelled before it began.';
