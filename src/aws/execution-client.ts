import {
	DescribeExecutionCommand,
	type DescribeExecutionOutput,
	ExecutionAlreadyExists,
	ExecutionDoesNotExist,
	InvalidExecutionInput,
	InvalidName,
	type SFNClient,
	StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { type ExecutionClient, type ExecutionSnapshot } from '../executions/execution-client.ts';
import { ServiceUnavailableError } from '../tasks/service-unavailable.ts';
import { EXECUTION_STATUSES } from '../tasks/task.ts';
import type { TaskExecution } from '../tasks/task-executions.ts';
import { executionName, taskExecutionOf } from '../tasks/task-message.ts';
import { isAccessDenied } from './transient-errors.ts';

/** Executions on Step Functions. A type's state machine is `<stateMachineArnPrefix><type>`. */
export function createExecutionClient(client: SFNClient, stateMachineArnPrefix: string): ExecutionClient {
	const describe: ExecutionClient['describe'] = async (executionArn) => {
		try {
			return snapshot(await client.send(new DescribeExecutionCommand({ executionArn })));
		} catch (error) {
			if (error instanceof ExecutionDoesNotExist) return undefined;
			throw error;
		}
	};
	return {
		describe,
		async start(message, traceparent) {
			const task = taskExecutionOf(message);
			const stateMachineArn = `${stateMachineArnPrefix}${task.type}`;
			const name = executionName(task);
			const input = JSON.stringify(message);
			const traceHeader = traceparent === undefined ? undefined : xrayHeader(traceparent);
			try {
				await client.send(new StartExecutionCommand({ stateMachineArn, name, input, traceHeader }));
				return { kind: 'started' };
			} catch (error) {
				// A role that was just deployed is refused until IAM has propagated it.
				if (isAccessDenied(error)) throw new ServiceUnavailableError('Step Functions', { cause: error });
				if (isPermanent(error)) return { kind: 'rejected', reason: error.message };
				if (!(error instanceof ExecutionAlreadyExists)) throw error;
				const existing = await describe(executionArnOf(stateMachineArnPrefix, task));
				if (existing === undefined) throw error;
				return existing.input === input
					? { kind: 'alreadyStarted' }
					: { kind: 'rejected', reason: `Execution ${name} exists with another input.` };
			}
		},
	};
}

/** Whether Step Functions will refuse the same start for ever, whatever state the service is in. */
function isPermanent(error: unknown): error is Error {
	return (
		error instanceof InvalidExecutionInput ||
		error instanceof InvalidName ||
		(error instanceof Error && error.name === 'ValidationException')
	);
}

/** The ARN of the one execution of a task. */
export function executionArnOf(
	stateMachineArnPrefix: string,
	task: Pick<TaskExecution, 'taskId' | 'createdAtMs' | 'type'>,
): string {
	const machine = `${stateMachineArnPrefix}${task.type}`;
	return `${machine.replace(':stateMachine:', ':execution:')}:${executionName(task)}`;
}

/** W3C trace context in X-Ray's form, or undefined where it is not one. */
export function xrayHeader(traceparent: string): string | undefined {
	const [, time, unique, parent, flags] =
		/^00-([0-9a-f]{8})([0-9a-f]{24})-([0-9a-f]{16})-([0-9a-f]{2})$/.exec(traceparent) ?? [];
	if (flags === undefined) return undefined;
	return `Root=1-${time}-${unique};Parent=${parent};Sampled=${Number.parseInt(flags, 16) & 1}`;
}

function snapshot(execution: DescribeExecutionOutput): ExecutionSnapshot {
	const { input, startDate, stopDate, redriveCount, redriveDate, output, error, cause } = execution;
	const status = EXECUTION_STATUSES.find((known) => known === execution.status);
	if (status === undefined || input === undefined || startDate === undefined) {
		throw new Error(`DescribeExecution gave no usable answer (status ${execution.status ?? 'absent'}).`);
	}
	return {
		status,
		input,
		startedAtMs: startDate.getTime(),
		redriveCount: redriveCount ?? 0,
		...(stopDate === undefined ? {} : { stoppedAtMs: stopDate.getTime() }),
		...(redriveDate === undefined ? {} : { redrivenAtMs: redriveDate.getTime() }),
		...(output === undefined ? {} : { output }),
		...(error === undefined ? {} : { error }),
		...(cause === undefined ? {} : { cause }),
	};
}
