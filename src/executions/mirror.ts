import * as Value from 'typebox/value';
import { parseJson } from '../parse.ts';
import type { Log } from '../tasks/log.ts';
import type { TaskExecution } from '../tasks/task-executions.ts';
import { executionName, TaskMessage, taskExecutionOf } from '../tasks/task-message.ts';
import type { ApplyReport } from './apply-report.ts';
import type { ExecutionClient, ExecutionSnapshot } from './execution-client.ts';
import { executionReport } from './execution-report.ts';
import type { SqsRecord } from './sqs-batch.ts';
import { StatusEvent } from './status-event.ts';

export interface MirrorDependencies {
	readonly applyReport: ApplyReport;
	readonly executions: Pick<ExecutionClient, 'describe'>;
	readonly log: Log;
}

/** Mirrors an execution's status into its task's row. An event that is late, repeated or of no task changes nothing. */
export function createMirror({ applyReport, executions, log }: MirrorDependencies) {
	return async (record: SqsRecord): Promise<void> => {
		const { detail } = parseJson(StatusEvent, record.body, 'status event');
		const snapshot = snapshotInEvent(detail) ?? (await executions.describe(detail.executionArn));
		if (snapshot === undefined) throw new Error(`Step Functions does not know the execution ${detail.name}.`);
		const task = taskOf(snapshot.input);
		if (task === undefined || executionName(task) !== detail.name) {
			log.warn('status event of an execution that is no task’s', { execution: detail.name });
			return;
		}
		await applyReport(task, executionReport(snapshot));
	};
}

/** The task that an execution is for, or undefined where somebody started it by hand. */
function taskOf(input: string): TaskExecution | undefined {
	const message: unknown = JSON.parse(input);
	return Value.Check(TaskMessage, message) ? taskExecutionOf(message) : undefined;
}

/** The event's own account, or undefined where AWS left its input or output out. */
function snapshotInEvent(detail: StatusEvent['detail']): ExecutionSnapshot | undefined {
	const { status, startDate, stopDate, input, output, error, cause, redriveCount, redriveDate } = detail;
	if (typeof input !== 'string') return undefined;
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
