import { setImmediate } from 'node:timers/promises';
import type { Test } from 'tap';
import { isObject, type Json, type JsonObject } from '../../../src/local-aws/json.ts';
import type { ServiceAnswer, ServiceCall } from '../../../src/local-aws/step-functions/run.ts';
import { createStepFunctions } from '../../../src/local-aws/step-functions/step-functions.ts';
import { createManualClock, type ManualClock } from '../../support/manual-clock.ts';

export interface MachineRun {
	readonly clock: ManualClock;
	readonly statuses: string[];
	/** All service calls in order. */
	readonly calls: ServiceCall[];
	/** Calls an API operation. */
	readonly api: (operation: string, input?: JsonObject) => Promise<JsonObject>;
	/** Creates a JSONata machine with these states. */
	readonly create: (states: JsonObject, more?: JsonObject) => Promise<string>;
	/** Starts an execution and runs it as far as possible without advancing the clock. */
	readonly start: (stateMachineArn: string, input?: Json, name?: string) => Promise<string>;
	readonly describe: (executionArn: string) => Promise<JsonObject>;
	/** Returns `[id, previousEventId, type]` of each event. */
	readonly history: (executionArn: string) => Promise<[number, number, string][]>;
	readonly events: (executionArn: string) => Promise<JsonObject[]>;
	readonly settle: () => Promise<void>;
	readonly close: () => Promise<void>;
}

export type Answer = (call: ServiceCall) => ServiceAnswer | Promise<ServiceAnswer>;

export const ok = (output: Json): ServiceAnswer => ({ ok: true, output });
export const failure = (error: string, cause = ''): ServiceAnswer => ({ ok: false, error, cause });

/** Opens Step Functions with a manual clock; `answer` replaces all services. */
export function openStepFunctions(
	t: Test,
	{
		answer = ({ input }) => ok(input),
		file = '',
		clock = createManualClock(),
		random = () => 0.5,
		listen = async () => undefined,
	}: {
		answer?: Answer;
		file?: string;
		clock?: ManualClock;
		random?: () => number;
		/** Receives each status event after its status is added to `statuses`. */
		listen?: (event: JsonObject) => Promise<void>;
	} = {},
): MachineRun {
	const statuses: string[] = [];
	const calls: ServiceCall[] = [];
	let ids = 0;
	const stepFunctions = createStepFunctions({
		region: 'us-east-1',
		accountId: '123456789012',
		clock,
		newId: () => `00000000-0000-4000-8000-${String(++ids).padStart(12, '0')}`,
		random,
		file,
		call: async (call) => {
			calls.push(call);
			return answer(call);
		},
		onStatusChange: (event) => {
			statuses.push(Object(event['detail']).status);
			return listen(event);
		},
		onFault: (error) => t.error(error),
	});
	stepFunctions.resume();
	const api: MachineRun['api'] = async (operation, input = {}) => {
		const answered: unknown = await stepFunctions.service.operations[operation]?.(input);
		return JSON.parse(JSON.stringify(answered));
	};
	const settle = async () => {
		for (let turns = 0; turns < 30; turns++) await setImmediate();
	};
	let machines = 0;
	let closed = false;
	const close = async () => {
		if (closed) return;
		closed = true;
		await stepFunctions.close();
	};
	t.teardown(close);
	const events: MachineRun['events'] = async (executionArn) => {
		const { events: list } = await api('GetExecutionHistory', { executionArn, maxResults: 1000 });
		return Array.isArray(list) ? list.filter(isObject) : [];
	};
	return {
		clock,
		statuses,
		calls,
		api,
		settle,
		close,
		events,
		async create(states, more = {}) {
			const definition = JSON.stringify({
				QueryLanguage: 'JSONata',
				StartAt: Object.keys(states)[0] ?? '',
				States: states,
				...more,
			});
			const { stateMachineArn } = await api('CreateStateMachine', {
				name: `machine-${++machines}`,
				definition,
				roleArn: 'arn:aws:iam::123456789012:role/x',
			});
			return String(stateMachineArn);
		},
		async start(stateMachineArn, input = {}, name = `run-${++ids}`) {
			const { executionArn } = await api('StartExecution', {
				stateMachineArn,
				input: JSON.stringify(input),
				name,
			});
			await settle();
			return String(executionArn);
		},
		describe: (executionArn) => api('DescribeExecution', { executionArn }),
		history: async (executionArn) =>
			(await events(executionArn)).map(({ id, previousEventId, type }) => [
				Number(id),
				Number(previousEventId),
				String(type),
			]),
	};
}

export const TASK = {
	Type: 'Task',
	Resource: 'arn:aws:states:::lambda:invoke',
	Arguments: { FunctionName: 'f' },
} as const;
