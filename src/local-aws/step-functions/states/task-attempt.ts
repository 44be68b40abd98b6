import { isObject, type Json, type JsonObject } from '../../json.ts';
import type { TaskState } from '../definition.ts';
import { StateError } from '../errors.ts';
import type { HistoryEvent } from '../history.ts';
import {
	dataLimitCause,
	exceedsDataLimit,
	outputDetails,
	type Run,
	record,
	type ServiceAnswer,
	type Thread,
	type Visit,
	waitUntil,
} from '../run.ts';

/** How a Task state calls its resource, and which events record the call. */
export interface TaskResource {
	/** Service and action, such as `lambda:invoke`. */
	readonly service: string;
	/** The name in the cause of `States.DataLimitExceeded`. */
	readonly displayName: string;
	readonly waitsForToken: boolean;
	/** The members of every event's details that name the resource; empty for a function's own ARN. */
	readonly names: JsonObject;
	readonly events: Readonly<Record<'scheduled' | 'started' | 'succeeded' | 'failed' | 'timedOut', string>>;
	scheduledDetails(task: {
		readonly input: string;
		readonly region: string;
		readonly limits: JsonObject;
	}): JsonObject;
	callInput(input: Json): Json;
	/** Returns the state's result from the service's answer. */
	resultOf(output: Json): Json;
}

const TASK_EVENTS = {
	scheduled: 'TaskScheduled',
	started: 'TaskStarted',
	succeeded: 'TaskSucceeded',
	failed: 'TaskFailed',
	timedOut: 'TaskTimedOut',
};

const FUNCTION_EVENTS = {
	scheduled: 'LambdaFunctionScheduled',
	started: 'LambdaFunctionStarted',
	succeeded: 'LambdaFunctionSucceeded',
	failed: 'LambdaFunctionFailed',
	timedOut: 'LambdaFunctionTimedOut',
};

/** Returns the resource of a Task state: an optimized integration, or a function by its own ARN. */
export function createTaskResource(arn: string): TaskResource {
	return arn.includes(':states:::') ? createIntegration(arn) : createFunctionResource(arn);
}

function createIntegration(arn: string): TaskResource {
	const [service, action = ''] = arn.split(':states:::')[1]?.split(':') ?? [];
	const names = { resourceType: service ?? '', resource: action };
	return {
		service: `${service}:${action.replace('.waitForTaskToken', '')}`,
		displayName: service ?? '',
		waitsForToken: action.endsWith('.waitForTaskToken'),
		names,
		events: TASK_EVENTS,
		scheduledDetails: ({ input, region, limits }) => ({ ...names, region, parameters: input, ...limits }),
		callInput: (input) => input,
		resultOf: (output) => output,
	};
}

function createFunctionResource(arn: string): TaskResource {
	return {
		service: 'lambda:invoke',
		displayName: arn,
		waitsForToken: false,
		names: {},
		events: FUNCTION_EVENTS,
		scheduledDetails: ({ input, limits }) => ({
			resource: arn,
			input,
			inputDetails: { truncated: false },
			...limits,
		}),
		callInput: (input) => ({ FunctionName: arn, Payload: input }),
		resultOf: (output) => (isObject(output) ? (output['Payload'] ?? null) : output),
	};
}

/** One attempt at the work of a Task state. */
export interface TaskAttempt {
	readonly run: Run;
	readonly thread: Thread;
	readonly visit: Visit;
	readonly state: TaskState;
	readonly key: string;
	readonly resource: TaskResource;
}

/** Records the outcome of an attempt; the first outcome wins. */
export function recordOutcome(attempt: TaskAttempt, answer: ServiceAnswer): HistoryEvent {
	const { run, thread, key, resource } = attempt;
	if (answer.ok) {
		const output = JSON.stringify(resource.resultOf(answer.output));
		return exceedsDataLimit(output)
			? recordOutcome(attempt, outputTooLarge(resource))
			: record(run, thread, {
					key: `${key}/outcome`,
					type: resource.events.succeeded,
					details: { ...resource.names, ...outputDetails(output) },
				});
	}
	const { error, cause } = answer;
	return record(run, thread, {
		key: `${key}/outcome`,
		type: resource.events.failed,
		details: {
			...resource.names,
			...(error === undefined ? {} : { error }),
			...(cause === undefined ? {} : { cause }),
		},
	});
}

/** The failure of a service call whose output exceeds 256 KiB. */
export function outputTooLarge({ displayName }: TaskResource): ServiceAnswer {
	return { ok: false, error: 'States.DataLimitExceeded', cause: dataLimitCause(displayName) };
}

/** Records a timeout at this time. Rejects when the attempt ends earlier. AWS reports `States.Timeout` for heartbeats too. */
export async function recordTimeout(
	{ run, thread, key, resource }: TaskAttempt,
	signal: AbortSignal,
	atMs: number,
	alias?: 'States.HeartbeatTimeout',
): Promise<HistoryEvent> {
	await waitUntil(run, atMs, signal);
	return record(run, thread, {
		key: `${key}/outcome`,
		type: resource.events.timedOut,
		details: { ...resource.names, error: 'States.Timeout' },
		...(alias === undefined ? {} : { memo: { alias } }),
	});
}

/**
 * Returns the result that an outcome records.
 *
 * @throws StateError the failure that it records.
 */
export function readOutcome(
	{ resource }: TaskAttempt,
	{ type, details = {}, memo = {} }: HistoryEvent,
): Json {
	const { error, cause, output } = details;
	if (type === resource.events.succeeded) return JSON.parse(typeof output === 'string' ? output : 'null');
	const { alias } = memo;
	throw new StateError(
		typeof error === 'string' ? error : '',
		typeof cause === 'string' ? cause : undefined,
		typeof alias === 'string' ? { alias } : {},
	);
}
