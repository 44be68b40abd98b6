import { readFileSync } from 'node:fs';
import type { Test } from 'tap';
import { isObject, type Json, type JsonObject } from '../../src/local-aws/json.ts';
import type { ServiceAnswer, ServiceCall } from '../../src/local-aws/step-functions/run.ts';
import type { TaskMessage } from '../../src/tasks/task-message.ts';
import { type MachineRun, openStepFunctions } from '../local-aws/step-functions/run-machine.ts';
import { EXAMPLE_TASK_ID } from './example-task.ts';
import { definitionOf } from './released.ts';

export interface WorkflowRun {
	readonly status: unknown;
	readonly output: Json;
	readonly error: unknown;
	readonly cause: unknown;
	readonly events: readonly JsonObject[];
	/** How long it took by its own clock. */
	readonly tookSeconds: number;
}

/** What is around a workflow besides its steps. */
export interface WorkflowSurroundings {
	/** The services besides Lambda that the definition calls, by resource: `sns:publish`. */
	readonly services?: Readonly<Record<string, (input: Json) => Promise<Json>>>;
	/** How far the clock is moved at a time. */
	readonly tickSeconds?: number;
	/** Called before each move of the clock. */
	readonly onTick?: (machine: MachineRun, seconds: number) => Promise<void>;
}

/** No workflow under test takes longer than so many moves of its clock. */
const LONGEST_SECONDS = 5000;

/** Runs a workflow's definition on the engine, its steps in this process, time passing as fast as it may. */
export async function runWorkflow(
	t: Test,
	name: string,
	data: Json,
	handler: (payload: unknown) => Promise<unknown>,
	{ services = {}, tickSeconds = 1, onTick = async () => undefined }: WorkflowSurroundings = {},
): Promise<WorkflowRun> {
	const machine = openStepFunctions(t, {
		answer: (call) => {
			const service = services[call.resource];
			return service === undefined ? invoke(handler, call) : answerOf(() => service(call.input));
		},
	});
	const startMs = machine.clock.now();
	const { stateMachineArn } = await machine.api('CreateStateMachine', {
		name,
		definition: readFileSync(definitionOf(name), 'utf8'),
		roleArn: 'arn:aws:iam::123456789012:role/x',
	});
	const message = {
		task: { task_id: EXAMPLE_TASK_ID, principal: 'ada', type: name, created_at_ms: startMs },
		data,
	} satisfies TaskMessage;
	const executionArn = await machine.start(String(stateMachineArn), message, 'execution');
	for (let seconds = 0; seconds < LONGEST_SECONDS * tickSeconds; seconds += tickSeconds) {
		const { status, output, error, cause } = await machine.describe(executionArn);
		if (status !== 'RUNNING') {
			return {
				status,
				output: typeof output === 'string' ? JSON.parse(output) : null,
				error,
				cause,
				events: await machine.events(executionArn),
				tookSeconds: (machine.clock.now() - startMs) / 1000,
			};
		}
		await onTick(machine, seconds);
		await machine.clock.advance(tickSeconds * 1000);
		await machine.settle();
	}
	throw new Error(`${name} does not end.`);
}

/** As Lambda answers Step Functions. */
async function invoke(
	handler: (payload: unknown) => Promise<unknown>,
	{ input }: ServiceCall,
): Promise<ServiceAnswer> {
	return answerOf(async () => {
		const payload = isObject(input) ? input['Payload'] : undefined;
		const answer: Json = JSON.parse(JSON.stringify((await handler(payload)) ?? null));
		return { Payload: answer, StatusCode: 200 };
	});
}

/** What a service answers, or what it throws, in Step Functions' form. */
async function answerOf(call: () => Promise<Json>): Promise<ServiceAnswer> {
	try {
		return { ok: true, output: await call() };
	} catch (error) {
		const { name, message } = error instanceof Error ? error : new Error(String(error));
		return { ok: false, error: name, cause: JSON.stringify({ errorType: name, errorMessage: message }) };
	}
}
