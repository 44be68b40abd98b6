import { RECONCILE_LAG_METRIC, STUCK_TASKS_METRIC } from '../executions/reconciler.ts';
import { DEAD_DELIVERIES_METRIC } from '../tasks/send-delivery.ts';
import type { ApplicationMetricSettings } from './application-alarms.ts';
import {
	type CompiledResource,
	type CompiledResources,
	functionName,
	idsOfType,
} from './compiled-template.ts';
import { ACCEPTED_REQUESTS, deadLetterQueueIds, START_DELAY, TASK_DURATION } from './traffic-metrics.ts';

/** One line of a graph. Texts may refer to resources, as in `Fn::Sub`. */
interface Line {
	readonly namespace: string;
	readonly name: string;
	readonly dimensions?: Readonly<Record<string, string>>;
	readonly stat: string;
	readonly label: string;
}

interface Graph {
	readonly title: string;
	readonly lines: readonly Line[];
}

const WIDTH = 24;
const GRAPHS_PER_ROW = 3;
const PERIOD_SECONDS = 60;

/**
 * The dashboard of a stage: a row of graphs for each question of an operator, then the state of all alarms. Every metric is
 * one that AWS has for a resource of the template, or that a function writes.
 */
export function createDashboard(
	resources: CompiledResources,
	settings: ApplicationMetricSettings,
): CompiledResource {
	const alarms = idsOfType(resources, 'AWS::CloudWatch::Alarm').map((id) => `\${${id}.Arn}`);
	const widgets = [
		...row('Traffic: arrivals and ends', trafficGraphs(resources, settings)),
		...row('Latency: waiting times of clients', latencyGraphs(resources, settings)),
		...row('Backlog: waiting work', backlogGraphs(resources, settings)),
		...row('Failures', failureGraphs(resources, settings)),
		...row('Capacity: use of quotas', capacityGraphs(resources)),
		heading('Alarms'),
		{ type: 'alarm', width: WIDTH, height: 6, properties: { title: 'Alarms', alarms } },
	];
	return {
		Type: 'AWS::CloudWatch::Dashboard',
		Properties: { DashboardBody: { 'Fn::Sub': JSON.stringify({ widgets }) } },
	};
}

function trafficGraphs(resources: CompiledResources, settings: ApplicationMetricSettings): Graph[] {
	return [
		{
			title: 'Accepted requests (POST /v1/tasks)',
			lines: [own(settings, ACCEPTED_REQUESTS, 'Sum', 'accepted')],
		},
		{ title: 'Started, by type', lines: executionLines(resources, ['ExecutionsStarted'], 'Sum') },
		{
			title: 'Ended, by status and type',
			lines: executionLines(
				resources,
				['ExecutionsSucceeded', 'ExecutionsFailed', 'ExecutionsTimedOut', 'ExecutionsAborted'],
				'Sum',
			),
		},
	];
}

function latencyGraphs(resources: CompiledResources, settings: ApplicationMetricSettings): Graph[] {
	const apiLatency = idsOfType(resources, 'AWS::ApiGatewayV2::Api').flatMap((id) =>
		['p50', 'p99'].map((stat) => apiLine(id, 'Latency', stat, stat)),
	);
	return [
		{ title: 'Response of the API, ms', lines: apiLatency },
		{
			title: 'Acceptance to start, ms',
			lines: ['p50', 'p99'].map((stat) => own(settings, START_DELAY, stat, stat)),
		},
		{
			title: 'Acceptance to end, ms, and execution by type',
			lines: [
				...['p50', 'p99'].map((stat) => own(settings, TASK_DURATION, stat, `all ${stat}`)),
				...executionLines(resources, ['ExecutionTime'], 'p99'),
			],
		},
	];
}

function backlogGraphs(resources: CompiledResources, settings: ApplicationMetricSettings): Graph[] {
	const queues = idsOfType(resources, 'AWS::SQS::Queue');
	return [
		{
			title: 'Messages in queues',
			lines: queues.map((id) => queueLine(id, 'ApproximateNumberOfMessagesVisible', 'Maximum')),
		},
		{
			title: 'Age of the oldest message, s',
			lines: queues.map((id) => queueLine(id, 'ApproximateAgeOfOldestMessage', 'Maximum')),
		},
		{
			title: 'Reconciler: lag in s, stuck tasks',
			lines: [
				custom(settings, RECONCILE_LAG_METRIC, 'Maximum', 'lag'),
				custom(settings, STUCK_TASKS_METRIC, 'Maximum', 'stuck tasks'),
			],
		},
	];
}

function failureGraphs(resources: CompiledResources, settings: ApplicationMetricSettings): Graph[] {
	return [
		{
			title: 'Responses of the API by code',
			lines: idsOfType(resources, 'AWS::ApiGatewayV2::Api').flatMap((id) =>
				['4xx', '5xx'].map((name) => apiLine(id, name, 'Sum', name)),
			),
		},
		{
			title: 'Dead letters and dead webhook deliveries',
			lines: [
				...deadLetterQueueIds(resources).map((id) => queueLine(id, 'NumberOfMessagesReceived', 'Sum')),
				custom(settings, DEAD_DELIVERIES_METRIC, 'Sum', 'webhook deliveries'),
			],
		},
		{ title: 'Errors of functions', lines: functionLines(resources, 'Errors', 'Sum') },
	];
}

function capacityGraphs(resources: CompiledResources): Graph[] {
	const tables = idsOfType(resources, 'AWS::DynamoDB::Table');
	const tableLines = (names: readonly string[]) =>
		tables.flatMap((id) =>
			names.map((name) => line('AWS/DynamoDB', name, { TableName: `\${${id}}` }, 'Sum', `${id} ${name}`)),
		);
	return [
		{
			title: 'Concurrent executions of functions',
			lines: functionLines(resources, 'ConcurrentExecutions', 'Maximum'),
		},
		{
			title: 'Throttles of Lambda and Step Functions',
			lines: [
				...functionLines(resources, 'Throttles', 'Sum'),
				...executionLines(resources, ['ExecutionThrottled'], 'Sum'),
			],
		},
		{
			title: 'DynamoDB: units, and throttled reads and writes',
			lines: tableLines([
				'ConsumedReadCapacityUnits',
				'ConsumedWriteCapacityUnits',
				'ReadThrottleEvents',
				'WriteThrottleEvents',
			]),
		},
	];
}

function line(
	namespace: string,
	name: string,
	dimensions: Readonly<Record<string, string>>,
	stat: string,
	label: string,
): Line {
	return { namespace, name, dimensions, stat, label };
}

/** A line of a metric that a function writes itself. */
function custom(
	{ service, stage }: ApplicationMetricSettings,
	name: string,
	stat: string,
	label: string,
): Line {
	return line(service, name, { stage }, stat, label);
}

/** A line of a metric that is read from the log. */
function own({ service, stage }: ApplicationMetricSettings, name: string, stat: string, label: string): Line {
	return line(service, `${stage}.${name}`, {}, stat, label);
}

function apiLine(apiId: string, name: string, stat: string, label: string): Line {
	return line('AWS/ApiGateway', name, { ApiId: `\${${apiId}}`, Stage: '$default' }, stat, label);
}

function queueLine(queueId: string, name: string, stat: string): Line {
	return line('AWS/SQS', name, { QueueName: `\${${queueId}.QueueName}` }, stat, queueId);
}

function functionLines(resources: CompiledResources, name: string, stat: string): Line[] {
	return idsOfType(resources, 'AWS::Lambda::Function').map((id) =>
		line('AWS/Lambda', name, { FunctionName: `\${${id}}` }, stat, functionName(id)),
	);
}

function executionLines(resources: CompiledResources, names: readonly string[], stat: string): Line[] {
	return idsOfType(resources, 'AWS::StepFunctions::StateMachine').flatMap((id) =>
		names.map((name) => {
			const type = id.replace(/StateMachine$/, '');
			const label = names.length === 1 ? type : `${type} ${name.replace('Executions', '')}`;
			return line('AWS/States', name, { StateMachineArn: `\${${id}}` }, stat, label);
		}),
	);
}

function heading(markdown: string): object {
	return { type: 'text', width: WIDTH, height: 1, properties: { markdown: `## ${markdown}` } };
}

function row(title: string, graphs: readonly Graph[]): object[] {
	return [
		heading(title),
		...graphs.map(({ title: name, lines }) => ({
			type: 'metric',
			width: WIDTH / GRAPHS_PER_ROW,
			height: 6,
			properties: {
				title: name,
				region: '${AWS::Region}',
				view: 'timeSeries',
				period: PERIOD_SECONDS,
				metrics: lines.map(({ namespace, name: metric, dimensions = {}, stat, label }) => [
					namespace,
					metric,
					...Object.entries(dimensions).flat(),
					{ stat, label },
				]),
			},
		})),
	];
}
