import * as Type from 'typebox';
import * as Value from 'typebox/value';
import { parseJson } from '../parse.ts';
import type { Log } from '../tasks/log.ts';
import type { TaskError } from '../tasks/task.ts';
import type { TaskExecution } from '../tasks/task-executions.ts';
import { TaskMessage, taskExecutionOf } from '../tasks/task-message.ts';
import type { TaskStore } from '../tasks/task-store.ts';
import type { ApplyReport } from './apply-report.ts';
import type { ExecutionSnapshot } from './execution-client.ts';
import { executionReport } from './execution-report.ts';
import type { SqsRecord } from './sqs-batch.ts';
import { StatusEvent } from './status-event.ts';

export interface DeadLetterDependencies {
	readonly store: Pick<TaskStore, 'get'>;
	readonly describe: (task: TaskExecution) => Promise<ExecutionSnapshot | undefined>;
	readonly applyReport: ApplyReport;
	readonly now: () => number;
	readonly log: Log;
}

const ERRORS = {
	start: { code: 'StartFailed', message: 'The task could not be started.' },
	status: { code: 'MirrorFailed', message: 'What became of the task could not be found out.' },
} as const satisfies Record<string, TaskError>;

/**
 * Ends the task of a message that nobody could handle, so that no client polls for ever: as Step Functions says,
 * or as FAILED where that knows of no execution. The starter begins nothing for a task that has ended.
 */
export function createDeadLetterHandler({ store, describe, applyReport, now, log }: DeadLetterDependencies) {
	return async (record: SqsRecord): Promise<void> => {
		const letter = letterOf(record.body);
		if (letter === undefined) {
			log.error('dead letter of no task', { message_id: record.messageId, body: record.body.slice(0, 1000) });
			return;
		}
		const { task, kind } = letter;
		log.error('dead letter', { task_id: task.taskId, type: task.type, queue: kind });
		const snapshot = await describe(task);
		if (snapshot !== undefined) return applyReport(task, executionReport(snapshot));
		const row = await store.get(task);
		if (row?.createdAtMs !== task.createdAtMs) return;
		await applyReport(row, {
			status: 'FAILED',
			isInferred: true,
			redriveCount: row.redriveCount,
			startedAtMs: row.startedAtMs ?? row.createdAtMs,
			stoppedAtMs: now(),
			error: ERRORS[kind],
		});
	};
}

/** Which task a message was for, and whether it was to start it or to tell of its status. */
function letterOf(body: string): { task: TaskExecution; kind: 'start' | 'status' } | undefined {
	let message: unknown;
	try {
		message = JSON.parse(body);
	} catch {
		return undefined;
	}
	if (Value.Check(TaskMessage, message)) return { task: taskExecutionOf(message), kind: 'start' };
	if (!Value.Check(StatusEvent, message) || typeof message.detail.input !== 'string') return undefined;
	const input = parseJson(Type.Unknown(), message.detail.input, 'execution input');
	return Value.Check(TaskMessage, input) ? { task: taskExecutionOf(input), kind: 'status' } : undefined;
}
