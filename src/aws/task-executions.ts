import {
	ExecutionDoesNotExist,
	ExecutionNotRedrivable,
	GetExecutionHistoryCommand,
	RedriveExecutionCommand,
	type HistoryEvent as SdkHistoryEvent,
	type SFNClient,
	StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { Type } from 'typebox';
import { Value } from 'typebox/value';
import { publicError } from '../executions/execution-report.ts';
import type { HistoryEvent, TaskExecutions } from '../tasks/task-executions.ts';
import { executionArnOf } from './execution-client.ts';

/** What a client reads as the code of a task that it has cancelled. */
const CANCELLED = 'Cancelled';

/** Executions of tasks on Step Functions. A type's state machine is `<stateMachineArnPrefix><type>`. */
export function createTaskExecutions(client: SFNClient, stateMachineArnPrefix: string): TaskExecutions {
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
				const { redriveDate } = await client.send(new RedriveExecutionCommand({ executionArn: arnOf(task) }));
				if (redriveDate === undefined) throw new Error('RedriveExecution did not say when.');
				return { kind: 'redriven', atMs: redriveDate.getTime() };
			} catch (error) {
				if (error instanceof ExecutionNotRedrivable || error instanceof ExecutionDoesNotExist)
					return { kind: 'refused' };
				throw error;
			}
		},

		async history(task) {
			const events: HistoryEvent[] = [];
			let nextToken: string | undefined;
			try {
				do {
					const page = await client.send(
						new GetExecutionHistoryCommand({ executionArn: arnOf(task), maxResults: 1000, nextToken }),
					);
					for (const event of page.events ?? []) events.push(historyEvent(event));
					nextToken = page.nextToken;
				} while (nextToken !== undefined);
			} catch (error) {
				if (error instanceof ExecutionDoesNotExist) return [];
				throw error;
			}
			return events;
		},
	};
}

const Failure = Type.Object({ error: Type.String(), cause: Type.Optional(Type.String()) });

/** An event as the SDK gives it, without what no timeline needs. */
export function historyEvent(event: SdkHistoryEvent): HistoryEvent {
	const { id, previousEventId = 0, timestamp, type, mapIterationStartedEventDetails: iteration } = event;
	if (id === undefined || timestamp === undefined || type === undefined)
		throw new Error('GetExecutionHistory gave no usable event.');
	const { stateEnteredEventDetails: entered, stateExitedEventDetails: exited } = event;
	const name = entered?.name ?? exited?.name;
	const failure: unknown = Object.values(event).find((details) => Value.Check(Failure, details));
	return {
		id,
		previousEventId,
		atMs: timestamp.getTime(),
		type,
		...(name === undefined ? {} : { stateName: name }),
		...(entered?.input === undefined ? {} : { input: entered.input }),
		...(exited?.output === undefined ? {} : { output: exited.output }),
		...(Value.Check(Failure, failure) ? { error: publicError(failure) } : {}),
		...(iteration?.index === undefined ? {} : { mapIndex: iteration.index }),
	};
}
