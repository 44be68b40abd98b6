import {
	ExecutionDoesNotExist,
	ExecutionNotRedrivable,
	RedriveExecutionCommand,
	type SFNClient,
	StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import type { TaskExecutions } from '../tasks/task-executions.ts';
import { executionName } from '../tasks/task-message.ts';
import { executionArnOf } from './execution-client.ts';
import { createHistoryReader } from './execution-history.ts';

/** What a client reads as the code of a task that it has cancelled. */
const CANCELLED = 'Cancelled';

/** Executions of tasks on Step Functions. A type's state machine is `<stateMachineArnPrefix><type>`. */
export function createTaskExecutions(client: SFNClient, stateMachineArnPrefix: string): TaskExecutions {
	const readHistory = createHistoryReader(client);
	const arnOf = (task: Parameters<TaskExecutions['stop']>[0]) => executionArnOf(stateMachineArnPrefix, task);
	return {
		async stop(task, reason) {
			try {
				await client.send(
					new StopExecutionCommand({ executionArn: arnOf(task), error: CANCELLED, cause: reason }),
				);
				return 'stopped';
			} catch (error) {
				if (error instanceof ExecutionDoesNotExist) return 'absent';
				throw error;
			}
		},

		async redrive(task) {
			try {
				const { redriveDate } = await client.send(
					new RedriveExecutionCommand({
						executionArn: arnOf(task),
						clientToken: `${executionName(task)}-${task.redriveCount + 1}`,
					}),
				);
				if (redriveDate === undefined) throw new Error('RedriveExecution did not say when.');
				return { kind: 'redriven', atMs: redriveDate.getTime() };
			} catch (error) {
				if (error instanceof ExecutionNotRedrivable) return { kind: 'notRedrivable' };
				if (error instanceof ExecutionDoesNotExist) return { kind: 'absent' };
				throw error;
			}
		},

		history: (task) => readHistory(arnOf(task)),
	};
}
