import { readFileSync } from 'node:fs';
import type { Test } from 'tap';
import { isObject, type Json, type JsonObject } from '../../src/local/step-functions/json.ts';
import type { ServiceAnswer, ServiceCall } from '../../src/local/step-functions/run.ts';
import type { TaskMessage } from '../../src/tasks/task-message.ts';
import { openStepFunctions } from '../local/step-functions/run-machine.ts';
import { EXAMPLE_TASK_ID } from './example-task.ts';

export interface WorkflowRun {
	readonly status: unknown;
	readonly output: Json;
	readonly error: unknown;
	readonly cause: unknown;
	readonly events: readonly JsonObject[];
	/** How long it took by its own clock. */
	readonly tookSeconds: number;
}

/** No workflow under test takes longer than this by its clock. */
const LONGEST_SECONDS = 5000;

/** Runs a workflow's definition on the engine, its steps in this process, time passing as fast as it may. */
export async function runWorkflow(
	t: Test,
	name: string,
	data: Json,
	handler: (payload: unknown) => Promise<unknown>,
): Promise<WorkflowRun> {
	const machine = openStepFunctions(t, { answer: (call) => invoke(handler, call) });
	const startMs = machine.clock.now();
	const { stateMachineArn } = await machine.api('CreateStateMachine', {
		name,
		definition: readFileSync(
			new URL(`../../src/workflows/${name}/definition.asl.json`, import.meta.url),
			'utf8',
		),
		roleArn: 'arn:aws:iam::123456789012:role/x',
	});
	const task = {
		task_id: EXAMPLE_TASK_ID,
		principal: 'ada',
		type: name,
		created_at_ms: startMs,
		data,
	} satisfies TaskMessage;
	const executionArn = await machine.start(String(stateMachineArn), task, 'execution');
	for (let seconds = 0; seconds < LONGEST_SECONDS; seconds++) {
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
		await machine.clock.advance(1000);
		await machine.settle();
	}
	throw new Error(`${name} does not end.`);
}

/** As Lambda answers Step Functions. */
async function invoke(
	handler: (payload: unknown) => Promise<unknown>,
	{ input }: ServiceCall,
): Promise<ServiceAnswer> {
	try {
		const payload = isObject(input) ? input['Payload'] : undefined;
		const answer: Json = JSON.parse(JSON.stringify((await handler(payload)) ?? null));
		return { ok: true, output: { Payload: answer, StatusCode: 200 } };
	} catch (error) {
		const { name, message } = error instanceof Error ? error : new Error(String(error));
		return { ok: false, error: name, cause: JSON.stringify({ errorType: name, errorMessage: message }) };
	}
}
