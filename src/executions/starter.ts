import { parseJson } from '../parse.ts';
import { isScheduled } from '../tasks/scheduled-start.ts';
import { isCancelRequested, type Task } from '../tasks/task.ts';
import type { TaskExecutions } from '../tasks/task-executions.ts';
import { TaskMessage, taskExecutionOf, taskMessage } from '../tasks/task-message.ts';
import type { TaskStore } from '../tasks/task-store.ts';
import { type ExecutionClient, missingExecutionReport } from './execution-client.ts';
import type { HandleMessage } from './queue-message.ts';

/** The ports of the starter. */
export interface StarterDependencies {
	readonly executions: Pick<ExecutionClient, 'start'> & Pick<TaskExecutions, 'stop'>;
	readonly store: Pick<TaskStore, 'get' | 'applyReport'>;
	readonly now: () => number;
}

/** How much earlier than planned a task may start, because clocks differ. */
const MAX_EARLY_MS = 1000;

/**
 * Creates the consumer of the start queue. It starts an execution only for a message that the API wrote: one that equals
 * the pending row of its task. That costs one consistent read per message, $0.125 per million rows of up to 4 KB.
 * A failure that may pass rejects the message; only Step Functions' final refusal ends the task.
 */
export function createStarter({ executions, store, now }: StarterDependencies): HandleMessage {
	return async ({ body, traceparent, identify }) => {
		const message = parseJson(TaskMessage, body, 'task message');
		const execution = taskExecutionOf(message);
		const log = identify({ task_id: execution.taskId, type: execution.type });
		const task = await store.get(execution);
		if (task?.createdAtMs !== execution.createdAtMs) return log.warn('ignored start message without a task');
		// Covers repeated messages too, so they cost no StartExecution.
		if (task.status !== 'PENDING')
			return log.info('ignored start message for a started task', { status: task.status });
		// SQS delays a start message, so an early one is forged or from a function whose clock differs. A check repeats the start.
		if (isScheduled(task, now() + MAX_EARLY_MS)) return log.warn('ignored start message before its time');
		if (!isWrittenByApi(message, task)) return log.error('ignored start message that differs from its task');

		const outcome = await executions.start(message, traceparent);
		if (outcome.kind === 'rejected') {
			log.error('start rejected', { reason: outcome.reason });
			await store.applyReport(task, missingExecutionReport(task, now()));
			return;
		}
		log.info(outcome.kind === 'started' ? 'execution started' : 'execution already started', { traceparent });
		// A cancel that arrives after the read above is applied by the listener, with the RUNNING event.
		if (!isCancelRequested(task)) return;
		await executions.stop(task, 'The task was cancelled before it began.');
		log.info('stopped execution of a cancelled task');
	};
}

/** Anything that can publish to the topic can forge a message, but not the row. */
function isWrittenByApi(message: TaskMessage, task: Task): boolean {
	return JSON.stringify(message) === JSON.stringify(taskMessage(task));
}
