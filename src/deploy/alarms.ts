import { RECORD_FAILED_MESSAGE } from '../aws/sqs-handler.ts';
import { expressionAlarm, logMetric, type Metric, metricAlarm } from './alarm.ts';
import { applicationAlarms } from './application-alarms.ts';
import {
	type CompiledResource,
	type CompiledResources,
	functionName,
	functionsCalledBy,
	idsOfType,
	LIVE,
} from './compiled-template.ts';
import { createTrafficMetrics, deadLetterQueueIds } from './traffic-metrics.ts';

/** The settings of a stage that its alarms depend on. */
export interface AlarmSettings {
	readonly service: string;
	readonly stage: string;
	/** Threshold of the 99th percentile of the API's latency, in milliseconds. */
	readonly latencyAlarmMs: number;
}

type Alarms = Record<string, CompiledResource>;

/** A share of failures says little about a handful of requests. */
const MIN_REQUESTS_PER_PERIOD = 20;
/** A queue whose oldest message is older than this is not being consumed. */
const MAX_MESSAGE_AGE_SECONDS = 300;

const QUEUE_MAPPING = 'AWS::Lambda::EventSourceMapping';
const HTTP_INTEGRATION = 'AWS::ApiGatewayV2::Integration';

/** Part of the description of every alarm that CodeDeploy watches. */
const STOPS_DEPLOYS =
	'While it is in ALARM, CodeDeploy refuses deploys: deploy a fix with --param=deployAlarms=off.';

/** Every alarm of the stack by logical id, and the metrics that are read from logs. They follow from the queues, functions, state machines and APIs of the template. */
export function createAlarms(resources: CompiledResources, settings: AlarmSettings): Alarms {
	const ofEach = (type: string, alarmsOf: (id: string) => Alarms) => idsOfType(resources, type).map(alarmsOf);
	const deadLetterQueues = new Set(deadLetterQueueIds(resources));
	return Object.assign(
		applicationAlarms(settings),
		createTrafficMetrics(resources, settings),
		...ofEach('AWS::SQS::Queue', (id) =>
			deadLetterQueues.has(id) ? deadLetterAlarms(id) : backlogAlarm(id),
		),
		...ofEach('AWS::Lambda::Function', functionAlarms),
		...functionsCalledBy(resources, QUEUE_MAPPING).map((id) => failedRecordsAlarm(id, settings)),
		...ofEach('AWS::StepFunctions::StateMachine', stateMachineAlarms),
		...ofEach('AWS::ApiGatewayV2::Api', (id) => apiAlarms(id, settings)),
		...eventRuleIds(resources).map((id) => eventRuleAlarms(id)),
	);
}

/** The logical ids of the alarms at which CodeDeploy rolls a new version of a function back. */
export function rollbackAlarmIds(resources: CompiledResources, functionId: string): string[] {
	const name = functionName(functionId);
	const servesHttp = functionsCalledBy(resources, HTTP_INTEGRATION).includes(functionId);
	const readsQueue = functionsCalledBy(resources, QUEUE_MAPPING).includes(functionId);
	return [
		`${name}ErrorsAlarm`,
		...(servesHttp
			? idsOfType(resources, 'AWS::ApiGatewayV2::Api').map((id) => `${id}ServerErrorsAlarm`)
			: []),
		...(readsQueue ? [`${name}FailedRecordsAlarm`] : []),
	];
}

/** The stage, the e-mail address of its alarms, and an output for warnings. */
export interface AlarmSubscriptionSettings {
	readonly stage: string;
	readonly alarmEmail: string;
	readonly warn: (text: string) => void;
}

/** The subscriptions of the alarm topic. Warns if the alarms of prod have no subscriber. */
export function alarmSubscriptions({ stage, alarmEmail, warn }: AlarmSubscriptionSettings): object[] {
	if (alarmEmail !== '') return [{ Protocol: 'email', Endpoint: alarmEmail }];
	if (stage === 'prod')
		warn('alarmEmail is empty: the alarms of prod have no subscriber. Set it, or subscribe to AlarmTopic.');
	return [];
}

function queueMetric(queueId: string, name: string, statistic: string): Metric {
	return {
		namespace: 'AWS/SQS',
		name,
		dimensions: { QueueName: { 'Fn::GetAtt': [queueId, 'QueueName'] } },
		statistic,
	};
}

/** The dead-letters function drains these queues within a minute, so arrivals are counted and not the depth. */
function deadLetterAlarms(queueId: string): Alarms {
	return {
		[`${queueId}ReceivedAlarm`]: metricAlarm(queueMetric(queueId, 'NumberOfMessagesReceived', 'Sum'), {
			description: `Messages arrived in ${queueId}: a consumer failed repeatedly. The log of deadLetters names each task, that of scheduleRunner each schedule; the tasks are repaired and the runs repeated.`,
			threshold: 0,
			periods: [1, 1],
			periodSeconds: 300,
		}),
		...backlogAlarm(queueId),
	};
}

function backlogAlarm(queueId: string): Alarms {
	return {
		[`${queueId}BacklogAlarm`]: metricAlarm(
			queueMetric(queueId, 'ApproximateAgeOfOldestMessage', 'Maximum'),
			{
				description: `A message has been in ${queueId} for more than ${MAX_MESSAGE_AGE_SECONDS} s: its consumer fails, is throttled, or its event source mapping is disabled.`,
				threshold: MAX_MESSAGE_AGE_SECONDS,
				periods: [3, 3],
			},
		),
	};
}

function lambdaMetric(functionId: string, name: string): Metric {
	return {
		namespace: 'AWS/Lambda',
		name,
		dimensions: { FunctionName: { Ref: functionId }, Resource: { 'Fn::Sub': `\${${functionId}}:${LIVE}` } },
		statistic: 'Sum',
	};
}

/** Steps throw on purpose to fail a state, so only a share of failed invocations is a fault. */
function functionAlarms(functionId: string): Alarms {
	const name = functionName(functionId);
	return {
		// Below the canary's 10 %: a new version whose every invocation fails must fire.
		[`${name}ErrorsAlarm`]: expressionAlarm(
			'100 * FILL(errors, 0) / FILL(invocations, 0)',
			{ errors: lambdaMetric(functionId, 'Errors'), invocations: lambdaMetric(functionId, 'Invocations') },
			{
				description: `More than 5 % of the invocations of ${name} fail. Read its log. ${STOPS_DEPLOYS}`,
				threshold: 5,
				periods: [2, 3],
			},
		),
		[`${name}ThrottlesAlarm`]: metricAlarm(lambdaMetric(functionId, 'Throttles'), {
			description: `Lambda throttles ${name}: the account's concurrency is used up.`,
			threshold: 0,
			periods: [2, 5],
		}),
	};
}

/** Lambda has no metric of failed records, because the batch that contains them succeeds. The log counts them. */
function failedRecordsAlarm(functionId: string, { service }: AlarmSettings): Alarms {
	const name = functionName(functionId);
	const failed: Metric = {
		namespace: service,
		name: { 'Fn::Sub': `\${${functionId}}.FailedRecords` },
		dimensions: {},
		statistic: 'Sum',
	};
	return {
		[`${name}FailedRecordsMetric`]: logMetric(
			`${name}LogGroup`,
			`{ $.message = "${RECORD_FAILED_MESSAGE}" }`,
			failed,
		),
		[`${name}FailedRecordsAlarm`]: metricAlarm(failed, {
			description: `${name} fails to handle messages, which then move to its dead-letter queue. Search its log for "${RECORD_FAILED_MESSAGE}". ${STOPS_DEPLOYS}`,
			threshold: 5,
			periods: [1, 1],
			periodSeconds: 300,
		}),
	};
}

/** A single task may fail because of its data, so only a share of failures fires. A timeout is always unexpected. */
function stateMachineAlarms(machineId: string): Alarms {
	const metric = (name: string): Metric => ({
		namespace: 'AWS/States',
		name,
		dimensions: { StateMachineArn: { Ref: machineId } },
		statistic: 'Sum',
	});
	return {
		[`${machineId}FailuresAlarm`]: expressionAlarm(
			'100 * FILL(failed, 0) / (FILL(failed, 0) + FILL(succeeded, 0))',
			{ failed: metric('ExecutionsFailed'), succeeded: metric('ExecutionsSucceeded') },
			{
				description: `More than 20 % of the executions of ${machineId} fail. Open its latest failed executions.`,
				threshold: 20,
				periods: [2, 3],
				periodSeconds: 300,
			},
		),
		[`${machineId}TimeoutsAlarm`]: metricAlarm(metric('ExecutionsTimedOut'), {
			description: `Executions of ${machineId} time out: a step hangs, or a callback is not answered.`,
			threshold: 0,
			periods: [1, 1],
			periodSeconds: 300,
		}),
	};
}

function apiAlarms(apiId: string, { service, stage, latencyAlarmMs }: AlarmSettings): Alarms {
	const metric = (name: string, statistic: string): Metric => ({
		namespace: 'AWS/ApiGateway',
		name,
		dimensions: { ApiId: { Ref: apiId }, Stage: '$default' },
		statistic,
	});
	const logged = (name: string): Metric => ({
		namespace: service,
		name: `${stage}.${apiId}.${name}`,
		dimensions: {},
		statistic: 'Sum',
	});
	const shareOfRequests = (part: Metric, description: string) =>
		expressionAlarm(
			`IF(FILL(requests, 0) >= ${MIN_REQUESTS_PER_PERIOD}, 100 * FILL(part, 0) / FILL(requests, 1), 0)`,
			{ part, requests: metric('Count', 'Sum') },
			{ description, threshold: 50, periods: [2, 3], periodSeconds: 300 },
		);
	const logGroup = `${apiId}LogGroup`;
	return {
		[`${apiId}ServerErrorsAlarm`]: expressionAlarm(
			'100 * FILL(errors, 0) / FILL(requests, 0)',
			{ errors: metric('5xx', 'Sum'), requests: metric('Count', 'Sum') },
			{
				description: `More than 1 % of all requests get a 5xx response. The access log names the routes. ${STOPS_DEPLOYS}`,
				threshold: 1,
				periods: [2, 3],
			},
		),
		[`${apiId}LatencyAlarm`]: metricAlarm(metric('Latency', 'p99'), {
			description: `The 99th percentile of the latency is above ${latencyAlarmMs} ms.`,
			threshold: latencyAlarmMs,
			periods: [3, 5],
		}),
		// Callbacks are rare, so their errors disappear in the share of all requests.
		[`${apiId}CallbackErrorsMetric`]: logMetric(
			logGroup,
			'{ ($.route = "*/v1/callback*") && ($.status = "5*") }',
			logged('CallbackErrors'),
		),
		[`${apiId}CallbackErrorsAlarm`]: metricAlarm(logged('CallbackErrors'), {
			description:
				'Callbacks get a 5xx response, so answers of approvers are lost unless they repeat them. Read the log of callbacks.',
			threshold: 0,
			periods: [2, 3],
			periodSeconds: 300,
		}),
		[`${apiId}UnauthorizedMetric`]: logMetric(logGroup, '{ $.status = "401" }', logged('Unauthorized')),
		[`${apiId}UnauthorizedAlarm`]: shareOfRequests(
			logged('Unauthorized'),
			'More than half of all requests get 401: the issuer, its keys or the audience changed. The access log has the reason in authorizer_error.',
		),
		[`${apiId}RateLimitedMetric`]: logMetric(logGroup, '{ $.status = "429" }', logged('RateLimited')),
		[`${apiId}RateLimitedAlarm`]: shareOfRequests(
			logged('RateLimited'),
			'More than half of all requests get 429: apiRateLimit or tasksPerMinute is too low, or one caller uses up the limit of all.',
		),
	};
}

/** A rule that is disabled or lacks a permission leaves no error anywhere: tasks just stay as they are. */
function eventRuleAlarms(ruleId: string): Alarms {
	const metric = (name: string): Metric => ({
		namespace: 'AWS/Events',
		name,
		dimensions: { RuleName: { Ref: ruleId } },
		statistic: 'Sum',
	});
	return {
		[`${ruleId}SilentAlarm`]: expressionAlarm(
			'IF(FILL(started, 0) > 0 AND FILL(delivered, 0) == 0, 1, 0)',
			{ started: lambdaMetric('StarterLambdaFunction', 'Invocations'), delivered: metric('Invocations') },
			{
				description: `Tasks are started, but ${ruleId} delivers no event: it is disabled or its pattern does not match. Enable it; until then the reconciler updates tasks late.`,
				threshold: 0,
				periods: [3, 3],
				periodSeconds: 300,
			},
		),
		[`${ruleId}FailedInvocationsAlarm`]: metricAlarm(metric('FailedInvocations'), {
			description: `${ruleId} cannot deliver events to its queue. Check the queue's policy.`,
			threshold: 0,
			periods: [1, 1],
			periodSeconds: 300,
		}),
	};
}

/** The rules that match events, as opposed to schedules. */
function eventRuleIds(resources: CompiledResources): string[] {
	return idsOfType(resources, 'AWS::Events::Rule').filter(
		(id) => resources[id]?.Properties?.['EventPattern'] !== undefined,
	);
}
