import { isObject, type Json, type JsonObject } from '../json.ts';

/** How a Task state's resource is called and how history tells of it. */
export interface TaskResource {
	/** The call by its service's and action's names, such as `lambda:invoke`. */
	readonly service: string;
	readonly waitsForToken: boolean;
	/** What every event but a plain function's says. */
	readonly names: JsonObject;
	readonly events: Readonly<Record<'scheduled' | 'started' | 'succeeded' | 'failed' | 'timedOut', string>>;
	scheduledDetails(task: {
		readonly input: string;
		readonly region: string;
		readonly limits: JsonObject;
	}): JsonObject;
	callInput(input: Json): Json;
	/** The state's result in what the service answered. */
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

/** The resource of an ARN: an optimized integration, or a Lambda function itself. */
export function resourceOf(arn: string): TaskResource {
	return arn.includes(':states:::') ? integration(arn) : plainFunction(arn);
}

function integration(arn: string): TaskResource {
	const [service, action = ''] = arn.split(':states:::')[1]?.split(':') ?? [];
	const waitsForToken = action.endsWith('.waitForTaskToken');
	const names = { resourceType: service ?? '', resource: action };
	return {
		service: `${service}:${action.replace('.waitForTaskToken', '')}`,
		waitsForToken,
		names,
		events: TASK_EVENTS,
		scheduledDetails: ({ input, region, limits }) => ({ ...names, region, parameters: input, ...limits }),
		callInput: (input) => input,
		resultOf: (output) => output,
	};
}

function plainFunction(arn: string): TaskResource {
	return {
		service: 'lambda:invoke',
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
