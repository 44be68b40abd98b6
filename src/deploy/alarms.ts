import { alarm, type Metric, shareAlarm } from './alarm.ts';
import {
	type CompiledResource,
	type CompiledResources,
	functionName,
	idsOfType,
	LIVE,
} from './compiled-template.ts';

export interface AlarmSettings {
	readonly service: string;
	readonly stage: string;
	/** What the slowest of a hundred requests may take, in milliseconds. */
	readonly latencyAlarmMs: number;
}

type Alarms = Record<string, CompiledResource>;

/** Every alarm of the stack, by its logical id: for each DLQ, function, state machine and API of the template, whatever its name. */
export function alarms(resources: CompiledResources, settings: AlarmSettings): Alarms {
	const ofEach = (ids: readonly string[], alarmsOf: (id: string) => Alarms) => ids.map(alarmsOf);
	return Object.assign(
		stuckTasks(settings),
		...ofEach(deadLetterQueues(resources), deadLetterAlarms),
		...ofEach(idsOfType(resources, 'AWS::Lambda::Function'), functionAlarms),
		...ofEach(queueFedFunctions(resources), (id) => failedRecords(id, settings)),
		...ofEach(idsOfType(resources, 'AWS::StepFunctions::StateMachine'), machineAlarms),
		...ofEach(idsOfType(resources, 'AWS::ApiGatewayV2::Api'), (id) => apiAlarms(id, settings)),
	);
}

/** The alarms at which a new version of the function is taken back. */
export function rollbackAlarms(resources: CompiledResources, functionId: string): string[] {
	const apis = idsOfType(resources, 'AWS::ApiGatewayV2::Api');
	return [`${functionName(functionId)}ErrorsAlarm`, ...apis.map((id) => `${id}ServerErrorsAlarm`)];
}

function deadLetterAlarms(queueId: string): Alarms {
	const depth: Metric = {
		namespace: 'AWS/SQS',
		name: 'ApproximateNumberOfMessagesVisible',
		dimensions: { QueueName: { 'Fn::GetAtt': [queueId, 'QueueName'] } },
		statistic: 'Maximum',
	};
	return {
		[`${queueId}DepthAlarm`]: alarm(depth, {
			description: `Messages lie in ${queueId}: read why in the consumer's log, mend it, then redrive the queue.`,
			above: 0,
			periods: [1, 1],
		}),
	};
}

/** An error here is one that a handler throws: a step that fails on purpose throws too, so only a share of all calls rings. */
function functionAlarms(functionId: string): Alarms {
	const name = functionName(functionId);
	const metric = (metricName: string): Metric => ({
		namespace: 'AWS/Lambda',
		name: metricName,
		dimensions: { FunctionName: { Ref: functionId }, Resource: { 'Fn::Sub': `\${${functionId}}:${LIVE}` } },
		statistic: 'Sum',
	});
	return {
		// Less than the canary's tenth: a new version of which every call fails must ring.
		[`${name}ErrorsAlarm`]: shareAlarm(metric('Errors'), [metric('Invocations')], {
			description: `More than 5 % of the calls of ${name} fail: read its log.`,
			above: 5,
			periods: [2, 3],
		}),
		[`${name}ThrottlesAlarm`]: alarm(metric('Throttles'), {
			description: `Lambda refuses calls of ${name}: the account's concurrency is used up.`,
			above: 0,
			periods: [2, 5],
		}),
	};
}

/** A record that fails is in no metric of Lambda's, since the batch around it succeeds: it is counted in the log. */
function failedRecords(functionId: string, { service }: AlarmSettings): Alarms {
	const name = functionName(functionId);
	const metricName = { 'Fn::Sub': `\${${functionId}}.FailedRecords` };
	const failed: Metric = { namespace: service, name: metricName, dimensions: {}, statistic: 'Sum' };
	return {
		[`${name}FailedRecordsMetric`]: {
			Type: 'AWS::Logs::MetricFilter',
			Properties: {
				LogGroupName: { Ref: `${name}LogGroup` },
				FilterPattern: '{ $.message = "record failed" }',
				MetricTransformations: [{ MetricNamespace: service, MetricName: metricName, MetricValue: '1' }],
			},
		},
		[`${name}FailedRecordsAlarm`]: alarm(failed, {
			description: `${name} fails at messages again and again; they go to its DLQ next. Its log names them.`,
			above: 5,
			periods: [1, 1],
			periodSeconds: 300,
		}),
	};
}

/** Single tasks fail by their own data, so only a share of them rings; one that timed out is always a surprise. */
function machineAlarms(machineId: string): Alarms {
	const metric = (name: string): Metric => ({
		namespace: 'AWS/States',
		name,
		dimensions: { StateMachineArn: { Ref: machineId } },
		statistic: 'Sum',
	});
	const ended = [metric('ExecutionsSucceeded'), metric('ExecutionsFailed')];
	return {
		[`${machineId}FailuresAlarm`]: shareAlarm(metric('ExecutionsFailed'), ended, {
			description: `More than 20 % of the executions of ${machineId} fail: look at its latest executions.`,
			above: 20,
			periods: [2, 3],
			periodSeconds: 300,
		}),
		[`${machineId}TimeoutsAlarm`]: alarm(metric('ExecutionsTimedOut'), {
			description: `Executions of ${machineId} time out: a step hangs, or nobody answers a callback.`,
			above: 0,
			periods: [1, 1],
			periodSeconds: 300,
		}),
	};
}

function apiAlarms(apiId: string, { latencyAlarmMs }: AlarmSettings): Alarms {
	const metric = (name: string, statistic: string): Metric => ({
		namespace: 'AWS/ApiGateway',
		name,
		dimensions: { ApiId: { Ref: apiId }, Stage: '$default' },
		statistic,
	});
	return {
		[`${apiId}ServerErrorsAlarm`]: shareAlarm(metric('5xx', 'Sum'), [metric('Count', 'Sum')], {
			description: 'More than 1 % of all requests are answered 5xx: the access log tells which.',
			above: 1,
			periods: [2, 3],
		}),
		[`${apiId}LatencyAlarm`]: alarm(metric('Latency', 'p99'), {
			description: `The slowest of a hundred requests takes more than ${latencyAlarmMs} ms.`,
			above: latencyAlarmMs,
			periods: [3, 5],
		}),
	};
}

/** The reconciler counts them: one EMF line each minute, with `stage` as its only dimension. */
function stuckTasks({ service, stage }: AlarmSettings): Alarms {
	const stuck: Metric = {
		namespace: service,
		name: 'StuckTasks',
		dimensions: { stage },
		statistic: 'Maximum',
	};
	return {
		StuckTasksAlarm: alarm(stuck, {
			description:
				'Tasks neither start nor end, and the reconciler cannot help: its log names them. Or it does not run itself.',
			above: 0,
			periods: [3, 5],
			ringsWithoutData: true,
		}),
	};
}

/** The queues that take what could not be delivered. */
function deadLetterQueues(resources: CompiledResources): string[] {
	const text = JSON.stringify(resources);
	return idsOfType(resources, 'AWS::SQS::Queue').filter((id) => {
		const arn = JSON.stringify({ 'Fn::GetAtt': [id, 'Arn'] });
		return text.includes(`"deadLetterTargetArn":${arn}`) || text.includes(`"DeadLetterConfig":{"Arn":${arn}`);
	});
}

/** The functions that a queue feeds. */
function queueFedFunctions(resources: CompiledResources): string[] {
	const mappings = idsOfType(resources, 'AWS::Lambda::EventSourceMapping').map((id) =>
		JSON.stringify(resources[id]?.Properties?.['FunctionName']),
	);
	return idsOfType(resources, 'AWS::Lambda::Function').filter((id) =>
		mappings.some((fed) => fed.includes(`"${id}"`)),
	);
}
