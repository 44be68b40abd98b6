import { readFile } from 'node:fs/promises';
import type { Test } from 'tap';
import type { Json, JsonObject } from '../../src/local/step-functions/json.ts';
import type { TaskMessage } from '../../src/tasks/task-message.ts';
import { failure, ok, openStepFunctions } from '../local/step-functions/run-machine.ts';

/** A call of one of Step Functions' service integrations: its input, and what the service answers. What it throws is the service's error. */
export type Service = (input: JsonObject) => Promise<Json>;

export interface WorkflowOptions {
	/** The folder in `src/workflows`. */
	readonly name: string;
	/** The handler of the steps, over ports that the test has in hand. */
	readonly handler: (event: unknown) => Promise<unknown>;
	/** The services besides Lambda that the definition calls, by resource: `sns:publish`. */
	readonly services?: Readonly<Record<string, Service>>;
}

export interface WorkflowRun {
	readonly status: string;
	/** The output; undefined where the execution failed. */
	readonly result: unknown;
	readonly error: unknown;
	readonly cause: unknown;
	readonly events: JsonObject[];
}

export const TASK_ID = '00000000-0000-4000-8000-00000000000a';

/**
 * Runs a workflow's own definition and steps on the engine of `npm start`, by a clock that the test moves. In the definition
 * `${Name}` stands for itself, so that what it is given can be seen: the topic is `${NotificationTopicArn}`.
 */
export async function runWorkflow(
	t: Test,
	{ name, handler, services = {} }: WorkflowOptions,
	data: unknown,
): Promise<WorkflowRun> {
	const machine = openStepFunctions(t, {
		async answer({ resource, input }) {
			const call = Object(input);
			try {
				if (resource !== 'lambda:invoke') return ok((await services[resource]?.(call)) ?? null);
				const payload: Json = JSON.parse(JSON.stringify(await handler(call.Payload)) ?? 'null');
				return ok({ ExecutedVersion: '$LATEST', Payload: payload, StatusCode: 200 });
			} catch (error) {
				const { name: errorType, message: errorMessage } = Object(error);
				return failure(errorType, JSON.stringify({ errorType, errorMessage, trace: ['at /var/task'] }));
			}
		},
	});
	const { stateMachineArn } = await machine.api('CreateStateMachine', {
		name,
		definition: await readFile(
			new URL(`../../src/workflows/${name}/definition.asl.json`, import.meta.url),
			'utf8',
		),
		roleArn: 'arn:aws:iam::123456789012:role/x',
	});
	const message: TaskMessage = {
		task_id: TASK_ID,
		principal: 'ada',
		type: name,
		created_at_ms: machine.clock.now(),
		data,
	};
	const executionArn = await machine.start(String(stateMachineArn), JSON.parse(JSON.stringify(message)));
	let execution = await machine.describe(executionArn);
	// A second at a time, so that a step has answered before the time it may take is over.
	while (execution['status'] === 'RUNNING') {
		await machine.clock.advance(1000);
		await machine.settle();
		execution = await machine.describe(executionArn);
	}
	const { status, output, error, cause } = execution;
	return {
		status: String(status),
		result: typeof output === 'string' ? JSON.parse(output) : undefined,
		error,
		cause,
		events: await machine.events(executionArn),
	};
}
