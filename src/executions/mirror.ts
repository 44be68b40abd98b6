import { Value } from 'typebox/value';
import { parseJson } from '../parse.ts';
import type { Log } from '../tasks/log.ts';
import { isCancelRequested, isTerminal, type TaskIncarnation } from '../tasks/task.ts';
import type { TaskExecution, TaskExecutions } from '../tasks/task-executions.ts';
import { executionName, TaskMessage } from '../tasks/task-message.ts';
import type { TaskStore } from '../tasks/task-store.ts';
import type { ExecutionClient, ExecutionSnapshot } from './execution-client.ts';
import { executionReport } from './execution-report.ts';
import type { SqsRecord } from './sqs-batch.ts';
import { StatusEvent } from './status-event.ts';

export interface MirrorDependencies {
	readonly store: Pick<TaskStore, 'applyReport' | 'get'>;
	readonly closeCallback: (task: TaskIncarnation, callbackKey: string) => Promise<void>;
	readonly executions: Pick<ExecutionClient, 'describe'> & Pick<TaskExecutions, 'stop'>;
	readonly log: Log;
}

/** Mirrors an execution's status into its task's row. An event that is late, repeated or of no task changes nothing. */
export function createMirror({ store, closeCallback, executions, log }: MirrorDependencies) {
	return async (record: SqsRecord): Promise<void> => {
		const { detail } = parseJson(StatusEvent, record.body, 'status event');
		const snapshot = snapshotInEvent(detail) ?? (await executions.describe(detail.executionArn));
		if (snapshot === undefined) throw new Error(`Step Functions does not know the execution ${detail.name}.`);
		const task = taskOf(snapshot.input);
		if (task === undefined || executionName(task) !== detail.name) {
			log.warn('status event of an execution that is no task’s', { execution: detail.name });
			return;
		}
		const fields = { task_id: task.taskId, type: task.type, status: snapshot.status };
		const applied = await store.applyReport(task, executionReport(snapshot));
		log.info(applied === undefined ? 'status ignored' : 'status applied', fields);
		// A record that comes again may have failed after the row was written: what follows the end is done again.
		const row = applied ?? (isTerminal(snapshot.status) ? await store.get(task) : undefined);
		if (row === undefined || row.createdAtMs !== task.createdAtMs) return;
		if (isTerminal(row.status)) {
			if (row.callbackKey !== undefined) await closeCallback(row, row.callbackKey);
			return;
		}
		if (!isCancelRequested(row)) return;
		await executions.stop(task, 'The task was cancelled by its client.');
		log.info('execution of a cancelled task stopped', fields);
	};
}

/** The task that an execution is for, or undefined where somebody started it by hand. */
function taskOf(input: string): TaskExecution | undefined {
	const message: unknown = JSON.parse(input);
	if (!Value.Check(TaskMessage, message)) return undefined;
	const { task_id, principal, type, created_at_ms } = message;
	return { taskId: task_id, principal, type, createdAtMs: created_at_ms };
}

/** The event's own account, or undefined where AWS left its input or output out. */
function snapshotInEvent(detail: StatusEvent['detail']): ExecutionSnapshot | undefined {
	const { status, startDate, stopDate, input, output, error, cause, redriveCount, redriveDate } = detail;
	if (typeof input !== 'string' || detail.inputDetails?.included === false) return undefined;
	if (status === 'SUCCEEDED' && typeof output !== 'string') return undefined;
	return {
		status,
		input,
		startedAtMs: startDate,
		redriveCount: redriveCount ?? 0,
		...(typeof stopDate === 'number' ? { stoppedAtMs: stopDate } : {}),
		...(typeof redriveDate === 'number' ? { redrivenAtMs: redriveDate } : {}),
		...(typeof output === 'string' ? { output } : {}),
		...(typeof error === 'string' ? { error } : {}),
		...(typeof cause === 'string' ? { cause } : {}),
	};
}
