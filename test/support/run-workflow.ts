import { setImmediate } from 'node:timers/promises';
import { packageDefinition } from '../../src/deploy/packaged-definition.ts';
import { isObject, type Json, type JsonObject } from '../../src/local-aws/json.ts';
import type { ServiceAnswer, ServiceCall } from '../../src/local-aws/step-functions/run.ts';
import { createStepFunctions } from '../../src/local-aws/step-functions/step-functions.ts';
import type { ProgressReporter } from '../../src/tasks/task.ts';
import { executionName, type TaskMessage, taskExecutionOf } from '../../src/tasks/task-message.ts';
import { createStepsHandler, type Step } from '../../src/workflows/define-steps.ts';
import type { DeclaredError } from '../../src/workflows/define-workflow.ts';
import { EXAMPLE_TASK_ID } from './example-task.ts';
import { createManualClock } from './manual-clock.ts';
import { createRecordingLog } from './recording-log.ts';

/** An execution that has ended. */
export interface WorkflowRun {
	readonly status: unknown;
	readonly output: Json;
	readonly error: unknown;
	readonly cause: unknown;
	readonly events: readonly JsonObject[];
	/** The duration by the clock of the execution. */
	readonly tookSeconds: number;
}

/** Calls an operation of Step Functions. */
type Api = (operation: string, input: JsonObject) => Promise<JsonObject>;

/** The environment of one execution. */
export interface WorkflowRunOptions<Dependencies> {
	/** The steps by state, as `steps.ts` exports them. */
	readonly steps: Readonly<Record<string, Step<Dependencies>>>;
	/** The task's `data`. */
	readonly input: Json;
	readonly dependencies: Dependencies;
	/** The errors that `workflow.ts` declares. */
	readonly errors?: Readonly<Record<string, DeclaredError>>;
	readonly progressReporter?: ProgressReporter;
	/** The other services that the definition calls, by resource, such as `sns:publish`. */
	readonly services?: Readonly<Record<string, (input: Json) => Promise<Json>>>;
	/** Replaces invocations: throws the error of a failed one, by state and attempt. */
	readonly failInvocation?: (state: string, attempt: number) => void;
	/** How far the clock is advanced at a time. */
	readonly tickSeconds?: number;
	/** Called before each advance of the clock. */
	readonly onTick?: (api: Api, seconds: number) => Promise<void>;
	/** Called after a failure; the execution is then redriven once. */
	readonly beforeRedrive?: (failed: WorkflowRun) => void;
}

/** No workflow under test takes more advances of its clock. */
const MAX_TICKS = 5000;

/** An error with the name that Step Functions reports for a failed invocation. */
export class InvocationError extends Error {
	override readonly name: string;

	constructor(name: string) {
		super(`RequestId: 1 Error: ${name}`);
		this.name = name;
	}
}

/** Runs a definition on the local engine with its steps in this process, as fast as possible. */
export async function runWorkflow<Dependencies = unknown>(
	definition: object,
	options: WorkflowRunOptions<Dependencies>,
): Promise<WorkflowRun> {
	const { input, errors = {}, tickSeconds = 1, onTick = async () => undefined, beforeRedrive } = options;
	const clock = createManualClock();
	const startMs = clock.now();
	const faults: unknown[] = [];
	const handler = createStepsHandler<Dependencies>({
		steps: options.steps,
		log: createRecordingLog().log,
		connect: () => ({
			dependencies: options.dependencies,
			...(options.progressReporter === undefined ? {} : { progressReporter: options.progressReporter }),
		}),
	});
	let ids = 0;
	const stepFunctions = createStepFunctions({
		region: 'us-east-1',
		accountId: '123456789012',
		clock,
		newId: () => `00000000-0000-4000-8000-${String(++ids).padStart(12, '0')}`,
		random: () => 0.5,
		file: '',
		call: (call) => answerCall(call, handler, options),
		onStatusChange: async () => undefined,
		onFault: (error) => void faults.push(error),
	});
	const api: Api = async (operation, parameters) =>
		JSON.parse(JSON.stringify(await stepFunctions.service.operations[operation]?.(parameters)));
	try {
		stepFunctions.resume();
		const { stateMachineArn } = await api('CreateStateMachine', {
			name: 'machine',
			definition: definitionText(packageDefinition(definition, errors)),
			roleArn: 'arn:aws:iam::123456789012:role/x',
		});
		const message = startMessage(startMs, input);
		const { executionArn } = await api('StartExecution', {
			stateMachineArn: String(stateMachineArn),
			input: JSON.stringify(message),
			name: executionName(taskExecutionOf(message)),
		});
		let mayRedrive = beforeRedrive !== undefined;
		for (let tick = 0; tick < MAX_TICKS; tick++) {
			await settle();
			if (faults.length > 0) throw new AggregateError(faults, 'The engine failed.');
			const run = await describeRun(api, String(executionArn), (clock.now() - startMs) / 1000);
			if (run.status !== 'RUNNING') {
				if (!mayRedrive || run.status === 'SUCCEEDED') return run;
				mayRedrive = false;
				beforeRedrive?.(run);
				await api('RedriveExecution', { executionArn: String(executionArn) });
				continue;
			}
			await onTick(api, tick * tickSeconds);
			await clock.advance(tickSeconds * 1000);
		}
		throw new Error('The execution does not end.');
	} finally {
		await stepFunctions.close();
	}
}

/** Lets the work that is due finish. */
async function settle(): Promise<void> {
	for (let turns = 0; turns < 30; turns++) await setImmediate();
}

function startMessage(createdAtMs: number, data: Json): TaskMessage {
	return {
		task: { task_id: EXAMPLE_TASK_ID, principal: 'ada', type: 'example', created_at_ms: createdAtMs },
		data,
	};
}

/** The definition with the ARN of its steps function. Other substitutions stay as they are. */
function definitionText(definition: object): string {
	return JSON.stringify(definition).replaceAll(
		'${StepsFunctionArn}',
		'arn:aws:lambda:us-east-1:123456789012:function:steps',
	);
}

async function describeRun(api: Api, executionArn: string, tookSeconds: number): Promise<WorkflowRun> {
	const { status = null, output, error, cause } = await api('DescribeExecution', { executionArn });
	const { events } =
		status === 'RUNNING'
			? { events: [] }
			: await api('GetExecutionHistory', { executionArn, maxResults: 1000 });
	return {
		status,
		output: typeof output === 'string' ? JSON.parse(output) : null,
		error,
		cause,
		events: Array.isArray(events) ? events.filter(isObject) : [],
		tookSeconds,
	};
}

/** Answers a call of a Task state as the service would. */
async function answerCall<Dependencies>(
	{ resource, input }: ServiceCall,
	handler: (payload: unknown) => Promise<unknown>,
	{ services = {}, failInvocation = () => undefined }: WorkflowRunOptions<Dependencies>,
): Promise<ServiceAnswer> {
	try {
		const service = services[resource];
		if (service !== undefined) return { ok: true, output: await service(input) };
		const payload = isObject(input) ? input['Payload'] : undefined;
		const { Name, RetryCount } = Object(Object(payload).state);
		failInvocation(String(Name), Number(RetryCount));
		const answer: Json = JSON.parse(JSON.stringify((await handler(payload)) ?? null));
		return { ok: true, output: { Payload: answer, StatusCode: 200 } };
	} catch (error) {
		const { name, message } = error instanceof Error ? error : new Error(String(error));
		return {
			ok: false,
			error: name,
			cause: JSON.stringify({ errorType: name, errorMessage: message, trace: [] }),
		};
	}
}
