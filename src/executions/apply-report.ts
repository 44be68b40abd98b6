import type { Log } from '../tasks/log.ts';
import { isCancelRequested, isTerminal, type TaskIncarnation } from '../tasks/task.ts';
import type { TaskExecution, TaskExecutions } from '../tasks/task-executions.ts';
import type { TaskStore } from '../tasks/task-store.ts';
import type { ExecutionReport } from '../tasks/transition.ts';

export interface ApplyReportDependencies {
	readonly store: Pick<TaskStore, 'applyReport' | 'get'>;
	readonly closeCallback: (task: TaskIncarnation, callbackKey: string) => Promise<void>;
	readonly executions: Pick<TaskExecutions, 'stop'>;
	readonly log: Log;
}

/** What became of an execution, into its task's row, and what follows from it. The same again changes nothing. */
export type ApplyReport = (task: TaskExecution, report: ExecutionReport) => Promise<void>;

export function createApplyReport({
	store,
	closeCallback,
	executions,
	log,
}: ApplyReportDependencies): ApplyReport {
	return async (task, report) => {
		const fields = { task_id: task.taskId, type: task.type, status: report.status };
		const applied = await store.applyReport(task, report);
		log.info(applied === undefined ? 'status ignored' : 'status applied', fields);
		// What comes again may have failed after the row was written: what follows is done again.
		const row = applied ?? (await store.get(task));
		if (row?.createdAtMs !== task.createdAtMs) return;
		if (isTerminal(row.status)) {
			if (row.callbackKey !== undefined) await closeCallback(row, row.callbackKey);
		} else if (isCancelRequested(row)) {
			await executions.stop(task, 'The task was cancelled by its client.');
			log.info('execution of a cancelled task stopped', fields);
		}
	};
}
