import * as Type from 'typebox';
import type { Clock } from '../clock.ts';
import { parseInput } from '../endpoint/parse-input.ts';
import { AwsError, type Operation } from '../endpoint/service.ts';
import type { Engine } from './engine.ts';
import { type Execution, findRepeatedRedriveMs, redriveStatusOf } from './execution.ts';
import { toHistoryOutput } from './history.ts';
import type { Machines } from './machine-operations.ts';
import { Arn, checkName, createPageToken, PAGE_INPUT, parsePage } from './operation-input.ts';
import type { Store } from './store.ts';

const StartInput = Type.Object({
	stateMachineArn: Arn,
	name: Type.Optional(Type.String()),
	input: Type.Optional(Type.String()),
	traceHeader: Type.Optional(Type.String({ maxLength: 256 })),
});
const ExecutionInput = Type.Object({ executionArn: Arn });
const RedriveInput = Type.Object({
	executionArn: Arn,
	clientToken: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })),
});
const StopInput = Type.Object({
	executionArn: Arn,
	error: Type.Optional(Type.String({ maxLength: 256 })),
	cause: Type.Optional(Type.String({ maxLength: 32_768 })),
});
const ListInput = Type.Object({
	stateMachineArn: Arn,
	statusFilter: Type.Optional(
		Type.Enum(['RUNNING', 'SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED', 'PENDING_REDRIVE']),
	),
	redriveFilter: Type.Optional(Type.String()),
	...PAGE_INPUT,
});
const HistoryInput = Type.Object({
	executionArn: Arn,
	reverseOrder: Type.Optional(Type.Boolean()),
	includeExecutionData: Type.Optional(Type.Boolean()),
	...PAGE_INPUT,
});

/** Quota of Step Functions. */
const MAX_INPUT_BYTES = 262_144;

/** The dependencies of the operations on executions. */
export interface ExecutionOperationsDependencies {
	readonly store: Store;
	readonly engine: Engine;
	readonly machines: Machines;
	readonly clock: Clock;
	readonly newId: () => string;
}

/** Creates the operations on executions. */
export function createExecutionOperations({
	store,
	engine,
	machines,
	clock,
	newId,
}: ExecutionOperationsDependencies): Record<string, Operation> {
	const find = (arn: string): Execution => {
		const execution = store.execution(arn);
		if (execution !== undefined) return execution;
		if (!/^arn:[^:]+:states:[^:]*:[^:]*:execution:[^:]+:.+$/.test(arn))
			throw new AwsError('InvalidArn', `Invalid Arn: '${arn}'`);
		throw new AwsError('ExecutionDoesNotExist', `Execution Does Not Exist: '${arn}'`);
	};

	return {
		async StartExecution(request) {
			const { stateMachineArn, name = newId(), input = '{}', traceHeader } = parseInput(StartInput, request);
			checkName(name);
			checkInput(input);
			const machine = machines.find(stateMachineArn);
			const arn = `${stateMachineArn.replace(':stateMachine:', ':execution:')}:${name}`;
			const existing = store.execution(arn);
			if (existing !== undefined) {
				if (existing.status === 'RUNNING' && existing.input === input) return started(existing);
				throw new AwsError('ExecutionAlreadyExists', `Execution Already Exists: '${arn}'`);
			}
			const execution: Execution = {
				arn,
				name,
				machineArn: stateMachineArn,
				machineRevision: machine.revision,
				roleArn: machine.roleArn,
				status: 'RUNNING',
				input,
				startedAtMs: clock.now(),
				redriveCount: 0,
				...(traceHeader === undefined ? {} : { traceHeader }),
			};
			await engine.start(machine, execution);
			return started(execution);
		},
		DescribeExecution: (request) =>
			describeExecution(find(parseInput(ExecutionInput, request).executionArn), clock.now()),
		DescribeStateMachineForExecution(request) {
			const { arn, name, definition, roleArn, updatedAtMs } = machines.getRevision(
				find(parseInput(ExecutionInput, request).executionArn),
			);
			return { stateMachineArn: arn, name, definition, roleArn, updateDate: updatedAtMs / 1000 };
		},
		ListExecutions(request) {
			const input = parseInput(ListInput, request);
			if (input.redriveFilter !== undefined) {
				throw new AwsError('ValidationException', 'The local Step Functions does not support redriveFilter.');
			}
			const machine = machines.find(input.stateMachineArn);
			const { offset, limit } = parsePage(input);
			const found = store.executionsOf(machine.arn, input.statusFilter ?? '', limit + 1, offset);
			return {
				executions: found.slice(0, limit).map(summarize),
				...createPageToken(offset, limit, found.length > limit),
			};
		},
		async StopExecution(request) {
			const { executionArn, ...reason } = parseInput(StopInput, request);
			find(executionArn);
			return { stopDate: (await engine.stop(executionArn, reason)) / 1000 };
		},
		RedriveExecution(request) {
			const { executionArn, clientToken } = parseInput(RedriveInput, request);
			const execution = find(executionArn);
			const repeatedAtMs = findRepeatedRedriveMs(execution, clientToken, clock.now());
			if (repeatedAtMs !== undefined) return { redriveDate: repeatedAtMs / 1000 };
			const machine = machines.findRevision(execution);
			if (machine === undefined)
				throw new AwsError('ExecutionNotRedrivable', 'State machine is in DELETING status');
			const { redrivenAtMs = clock.now() } = engine.redrive(machine, execution, clientToken);
			return { redriveDate: redrivenAtMs / 1000 };
		},
		GetExecutionHistory(request) {
			const input = parseInput(HistoryInput, request);
			const { arn } = find(input.executionArn);
			const { offset, limit } = parsePage(input);
			const events = store.events(arn);
			const ordered = input.reverseOrder === true ? events.toReversed() : events;
			return {
				events: ordered
					.slice(offset, offset + limit)
					.map((event) => toHistoryOutput(event, input.includeExecutionData ?? true)),
				...createPageToken(offset, limit, events.length > offset + limit),
			};
		},
	};
}

function checkInput(input: string): void {
	if (Buffer.byteLength(input) > MAX_INPUT_BYTES) {
		throw new AwsError(
			'InvalidExecutionInput',
			`Invalid State Machine Execution Input: 'input exceeds ${MAX_INPUT_BYTES} bytes'`,
		);
	}
	try {
		JSON.parse(input);
	} catch {
		throw new AwsError('InvalidExecutionInput', "Invalid State Machine Execution Input: 'input is not JSON'");
	}
}

function started({ arn, startedAtMs }: Execution) {
	return { executionArn: arn, startDate: startedAtMs / 1000 };
}

function summarize(execution: Execution) {
	const { arn, machineArn, name, status, startedAtMs, stoppedAtMs, redriveCount, redrivenAtMs } = execution;
	return {
		executionArn: arn,
		stateMachineArn: machineArn,
		name,
		status,
		startDate: startedAtMs / 1000,
		...(stoppedAtMs === undefined ? {} : { stopDate: stoppedAtMs / 1000 }),
		redriveCount,
		...(redrivenAtMs === undefined ? {} : { redriveDate: redrivenAtMs / 1000 }),
	};
}

function describeExecution(execution: Execution, nowMs: number) {
	const { input, output, error, cause, traceHeader } = execution;
	const { redriveStatus, redriveStatusReason } = redriveStatusOf(execution, nowMs);
	return {
		...summarize(execution),
		input,
		inputDetails: { included: true },
		...(output === undefined ? {} : { output, outputDetails: { included: true } }),
		...(error === undefined ? {} : { error }),
		...(cause === undefined ? {} : { cause }),
		...(traceHeader === undefined ? {} : { traceHeader }),
		redriveStatus,
		...(redriveStatusReason === null ? {} : { redriveStatusReason }),
	};
}
