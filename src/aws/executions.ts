import {
	DescribeExecutionCommand,
	type DescribeExecutionOutput,
	ExecutionAlreadyExists,
	ExecutionDoesNotExist,
	ExecutionNotRedrivable,
	GetExecutionHistoryCommand,
	InvalidExecutionInput,
	InvalidName,
	RedriveExecutionCommand,
	type HistoryEvent as SdkHistoryEvent,
	SFNClient,
	StartExecutionCommand,
	StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import * as Type from 'typebox';
import type { ExecutionClient, ExecutionSnapshot } from '../executions/execution-client.ts';
import { matches, parseJson } from '../parse.ts';
import { CANCELLED, type DeclaredErrors, type ExecutionFailure, publicError } from '../tasks/public-error.ts';
import { ServiceUnavailableError } from '../tasks/service-unavailable.ts';
import { EXECUTION_STATUSES, type TaskError } from '../tasks/task.ts';
import type { HistoryEvent, TaskExecution, TaskExecutions } from '../tasks/task-executions.ts';
import { executionName, TaskMessage, taskExecutionOf } from '../tasks/task-message.ts';
import { CLIENT_SETTINGS, guardCalls } from './client-settings.ts';
import { isAccessDenied } from './transient-errors.ts';

/** Creates the Step Functions client of a function. */
export function createSfnClient(): SFNClient {
	const client = new SFNClient(CLIENT_SETTINGS);
	client.middlewareStack.use(guardCalls('Step Functions'));
	return client;
}

/** Creates the execution client. The state machine of a type is `<stateMachineArnPrefix><type>`. */
export function createExecutionClient(client: SFNClient, stateMachineArnPrefix: string): ExecutionClient {
	const describe = createDescriber(client);
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

/** Whether Step Functions refuses the same start forever, in any state of the service. */
function isPermanent(error: unknown): error is Error {
	return (
		error instanceof InvalidExecutionInput ||
		error instanceof InvalidName ||
		(error instanceof Error && error.name === 'ValidationException')
	);
}

/**
 * Creates the port to executions of accepted tasks. The state machine of a type is `<stateMachineArnPrefix><type>`. Only
 * the messages of declared errors appear in a history; by default of none.
 */
export function createTaskExecutions(
	client: SFNClient,
	stateMachineArnPrefix: string,
	declaredErrors: (type: string) => DeclaredErrors = () => ({}),
): TaskExecutions {
	const describe = createDescriber(client);
	const readHistory = createHistoryReader(client);
	const arnOf = (task: TaskExecution) => executionArnOf(stateMachineArnPrefix, task);
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
				if (redriveDate === undefined) throw new Error('RedriveExecution returned no redriveDate.');
				return { kind: 'redriven', atMs: redriveDate.getTime() };
			} catch (error) {
				if (error instanceof ExecutionDoesNotExist) return { kind: 'absent' };
				if (error instanceof ExecutionNotRedrivable) return { kind: 'notRedrivable' };
				throw error;
			}
		},

		history: (task) => readHistory(arnOf(task), declaredErrors(task.type)),

		async readData(task) {
			const snapshot = await describe(arnOf(task));
			return snapshot === undefined ? undefined : parseJson(TaskMessage, snapshot.input, 'execution input');
		},
	};
}

/** Returns the ARN of the one execution of a task. */
export function executionArnOf(
	stateMachineArnPrefix: string,
	task: Pick<TaskExecution, 'taskId' | 'createdAtMs' | 'type'>,
): string {
	const machine = `${stateMachineArnPrefix}${task.type}`;
	return `${machine.replace(':stateMachine:', ':execution:')}:${executionName(task)}`;
}

/** Returns W3C trace context as an X-Ray header, or `undefined` if it is invalid. */
export function xrayHeader(traceparent: string): string | undefined {
	const [, time, unique, parent, flags] =
		/^00-([0-9a-f]{8})([0-9a-f]{24})-([0-9a-f]{16})-([0-9a-f]{2})$/.exec(traceparent) ?? [];
	if (flags === undefined) return undefined;
	return `Root=1-${time}-${unique};Parent=${parent};Sampled=${Number.parseInt(flags, 16) & 1}`;
}

/** Creates a reader of all events of an execution, in at most 25 requests; empty if the execution does not exist. */
export function createHistoryReader(client: SFNClient) {
	return async (executionArn: string, declared: DeclaredErrors): Promise<readonly HistoryEvent[]> => {
		const events: HistoryEvent[] = [];
		let nextToken: string | undefined;
		try {
			do {
				const page = await client.send(
					new GetExecutionHistoryCommand({ executionArn, maxResults: 1000, nextToken }),
				);
				for (const event of page.events ?? []) events.push(toHistoryEvent(event, declared));
				nextToken = page.nextToken;
			} while (nextToken !== undefined);
		} catch (error) {
			if (error instanceof ExecutionDoesNotExist) return [];
			throw error;
		}
		return events;
	};
}

function createDescriber(client: SFNClient): ExecutionClient['describe'] {
	return async (executionArn) => {
		try {
			return toSnapshot(await client.send(new DescribeExecutionCommand({ executionArn })));
		} catch (error) {
			if (error instanceof ExecutionDoesNotExist) return undefined;
			throw error;
		}
	};
}

function toSnapshot(execution: DescribeExecutionOutput): ExecutionSnapshot {
	const { input, startDate, stopDate, redriveCount, redriveDate, output, error, cause } = execution;
	const status = EXECUTION_STATUSES.find((known) => known === execution.status);
	if (status === undefined || input === undefined || startDate === undefined) {
		throw new Error(
			`DescribeExecution returned an incomplete answer (status ${execution.status ?? 'absent'}).`,
		);
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

const Failure = Type.Object({ error: Type.String(), cause: Type.Optional(Type.String()) });

/** A caught error, as Step Functions passes it to the next state. */
const Caught = Type.Object({ Error: Type.String(), Cause: Type.String() });

/**
 * Reduces an event of the SDK to the members that a timeline needs.
 * @throws Error if the event has no id, time or type.
 */
export function toHistoryEvent(event: SdkHistoryEvent, declared: DeclaredErrors): HistoryEvent {
	const { id, previousEventId = 0, timestamp, type, mapIterationStartedEventDetails: iteration } = event;
	if (id === undefined || timestamp === undefined || type === undefined)
		throw new Error('GetExecutionHistory returned an incomplete event.');
	const { stateEnteredEventDetails: entered, stateExitedEventDetails: exited } = event;
	const name = entered?.name ?? exited?.name;
	const failure: unknown = Object.values(event).find((details) => matches(Failure, details));
	return {
		id,
		previousEventId,
		atMs: timestamp.getTime(),
		type,
		...(name === undefined ? {} : { stateName: name }),
		...(entered?.input === undefined ? {} : { input: withoutTrace(entered.input, declared) }),
		...(exited?.output === undefined ? {} : { output: withoutTrace(exited.output, declared) }),
		...(matches(Failure, failure) ? { error: taskError(failure, declared) } : {}),
		...(iteration?.index === undefined ? {} : { mapIndex: iteration.index }),
	};
}

/** Replaces the causes of caught errors, which contain stack traces, by the texts that a client may read. */
function withoutTrace(text: string, declared: DeclaredErrors): string {
	if (!text.includes('"Cause"')) return text;
	return JSON.stringify(JSON.parse(text), (_, value: unknown) => {
		if (!matches(Caught, value)) return value;
		const { code, message } = taskError({ error: value.Error, cause: value.Cause }, declared);
		return { Error: code, Cause: message };
	});
}

function taskError(failure: ExecutionFailure, declared: DeclaredErrors): TaskError {
	const { code, message } = publicError(failure, declared);
	return { code, message };
}
