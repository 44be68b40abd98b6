import type { JsonObject } from '../../../src/local-aws/json.ts';
import type { Resource } from '../../../src/local-aws/template/resolve-template.ts';
import { failingIds, memberOf, objectsOf, type PackagedStage, type Rule, textsOf } from './rule.ts';

/** Existing metrics with the dimensions that select them. Source: the CloudWatch chapter of each service's guide. */
const METRICS: Readonly<
	Record<string, readonly { readonly names: readonly string[]; readonly dimensions: string }[]>
> = {
	'AWS/ApiGateway': [
		{ names: ['4xx', '5xx', 'Count', 'IntegrationLatency', 'Latency'], dimensions: 'ApiId,Stage' },
	],
	'AWS/DynamoDB': [
		{
			names: [
				'ConsumedReadCapacityUnits',
				'ConsumedWriteCapacityUnits',
				'ReadThrottleEvents',
				'WriteThrottleEvents',
			],
			dimensions: 'TableName',
		},
	],
	'AWS/Events': [{ names: ['FailedInvocations', 'Invocations'], dimensions: 'RuleName' }],
	'AWS/Lambda': [
		{ names: ['Duration', 'Errors', 'Invocations', 'Throttles'], dimensions: 'FunctionName,Resource' },
		{ names: ['ConcurrentExecutions', 'Errors', 'Throttles'], dimensions: 'FunctionName' },
	],
	'AWS/SQS': [
		{
			names: [
				'ApproximateAgeOfOldestMessage',
				'ApproximateNumberOfMessagesVisible',
				'NumberOfMessagesReceived',
			],
			dimensions: 'QueueName',
		},
	],
	'AWS/States': [
		{
			names: [
				'ExecutionThrottled',
				'ExecutionTime',
				'ExecutionsAborted',
				'ExecutionsFailed',
				'ExecutionsStarted',
				'ExecutionsSucceeded',
				'ExecutionsTimedOut',
			],
			dimensions: 'StateMachineArn',
		},
	],
	// Metrics that the functions write themselves, with the dimensions of src/aws/metrics.ts.
	'task-api': [
		{
			names: [
				'CodeCacheRejected',
				'DeadDeliveries',
				'ReconcileLagSeconds',
				'StuckTasks',
				'UnreadIndexShards',
			],
			dimensions: 'stage',
		},
	],
};

interface Watched {
	readonly namespace: string;
	readonly name: string;
	/** Sorted by name. */
	readonly dimensions: readonly JsonObject[];
}

function watchedBy({ properties }: Resource): readonly Watched[] {
	const queries = objectsOf(properties['Metrics']).map(
		(query) => memberOf(query, 'MetricStat', 'Metric') ?? null,
	);
	return objectsOf([properties, ...queries].flat())
		.filter((metric) => metric['MetricName'] !== undefined)
		.map((metric) => ({
			namespace: String(metric['Namespace']),
			name: String(metric['MetricName']),
			dimensions: objectsOf(metric['Dimensions']).toSorted((one, other) =>
				String(one['Name']).localeCompare(String(other['Name'])),
			),
		}));
}

/** CloudWatch accepts an alarm on a metric that does not exist, and the alarm never fires. */
export const everyMetricExists: Rule = (packaged) =>
	failingIds(packaged.ofType('AWS::CloudWatch::Alarm'), (alarm) => {
		const watched = watchedBy(alarm);
		return watched.length > 0 && watched.every((metric) => isEmitted(metric, packaged));
	});

/** Whether a filter of the template makes the metric, or AWS or a function has it with these dimensions. */
function isEmitted({ namespace, name, dimensions }: Watched, { ofType }: PackagedStage): boolean {
	const filtered = new Set(
		ofType('AWS::Logs::MetricFilter').flatMap(({ properties }) =>
			objectsOf(properties['MetricTransformations']).map(
				({ MetricNamespace, MetricName }) => `${String(MetricNamespace)} ${String(MetricName)} `,
			),
		),
	);
	const by = dimensions.map(({ Name }) => Name).join();
	return (
		filtered.has(`${namespace} ${name} ${by}`) ||
		METRICS[namespace]?.some((known) => known.names.includes(name) && known.dimensions === by) === true
	);
}

/** An alarm notifies a topic, and its description names the first step. */
export const everyAlarmNotifiesTheTopic: Rule = ({ ofType }) => {
	const topics = new Set(ofType('AWS::SNS::Topic').map(({ ref }) => ref));
	return failingIds(
		ofType('AWS::CloudWatch::Alarm'),
		({ properties }) =>
			textsOf(properties['AlarmActions']).some((arn) => topics.has(arn)) &&
			String(properties['AlarmDescription']).length > 20 &&
			properties['TreatMissingData'] !== undefined,
	);
};

/** The metrics that must have an alarm, by resource. */
const FAILURE_METRICS: readonly {
	readonly of: (packaged: PackagedStage) => readonly (string | undefined)[];
	readonly metrics: readonly string[];
}[] = [
	{
		of: ({ ofType }) =>
			ofType('AWS::SQS::Queue')
				.filter(({ properties }) => properties['RedrivePolicy'] === undefined)
				.map(({ attributes }) => attributes['QueueName']),
		metrics: ['NumberOfMessagesReceived'],
	},
	{
		of: ({ ofType }) => ofType('AWS::SQS::Queue').map(({ attributes }) => attributes['QueueName']),
		metrics: ['ApproximateAgeOfOldestMessage'],
	},
	{
		of: ({ ofType }) =>
			ofType('AWS::Events::Rule')
				.filter(({ properties }) => properties['EventPattern'] !== undefined)
				.map(({ ref }) => ref),
		metrics: ['Invocations', 'FailedInvocations'],
	},
	{
		of: ({ ofType }) => ofType('AWS::Lambda::Function').map(({ ref }) => ref),
		metrics: ['Errors', 'Throttles'],
	},
	{
		of: ({ ofType }) => ofType('AWS::StepFunctions::StateMachine').map(({ ref }) => ref),
		metrics: ['ExecutionsFailed', 'ExecutionsTimedOut'],
	},
	{ of: ({ ofType }) => ofType('AWS::ApiGatewayV2::Api').map(({ ref }) => ref), metrics: ['5xx', 'Latency'] },
	{
		of: ({ stage }) => [stage],
		metrics: ['StuckTasks', 'ReconcileLagSeconds', 'UnreadIndexShards', 'CodeCacheRejected'],
	},
];

/** Every metric above has an alarm. */
export const everyFailureHasAnAlarm: Rule = (packaged) => {
	const watched = new Set(
		packaged
			.ofType('AWS::CloudWatch::Alarm')
			.flatMap(watchedBy)
			.flatMap(({ name, dimensions }) => dimensions.map(({ Value }) => `${name} of ${String(Value)}`)),
	);
	return FAILURE_METRICS.flatMap(({ of, metrics }) =>
		of(packaged).flatMap((id) => metrics.map((metric) => `${metric} of ${id}`)),
	).filter((wanted) => !watched.has(wanted));
};

/** Each graph of the dashboard shows metrics that exist, of resources of the template. */
export const everyGraphHasMetrics: Rule = (packaged) => {
	const { stage, resources, ofType } = packaged;
	const names = new Set([
		stage,
		'$default',
		...resources.flatMap(({ ref, attributes }) => [ref, attributes['QueueName']]),
	]);
	const graphs = ofType('AWS::CloudWatch::Dashboard')
		.flatMap(({ properties }) => objectsOf(JSON.parse(String(properties['DashboardBody'])).widgets))
		.filter(({ type }) => type === 'metric');
	const failing = graphs.filter(({ properties }) => {
		const metrics = [memberOf(properties, 'metrics') ?? []]
			.flat()
			.map((metric) => [metric].flat().slice(0, -1));
		return !(
			metrics.length > 0 &&
			metrics.every(([namespace, name, ...pairs]) => {
				const texts = pairs.map(String);
				const dimensions = texts
					.flatMap((text, index) => (index % 2 === 0 ? [{ Name: text, Value: texts[index + 1] ?? '' }] : []))
					.toSorted((one, other) => one.Name.localeCompare(other.Name));
				return (
					dimensions.every(({ Value }) => names.has(Value)) &&
					isEmitted({ namespace: String(namespace), name: String(name), dimensions }, packaged)
				);
			})
		);
	});
	const missing = graphs.length >= 15 ? [] : ['a row of graphs'];
	return [...failing.map(({ properties }) => String(memberOf(properties, 'title'))), ...missing];
};

/** One dashboard shows every alarm. */
export const theDashboardShowsEveryAlarm: Rule = ({ ofType }) => {
	const shown = ofType('AWS::CloudWatch::Dashboard').map(({ properties }) =>
		String(properties['DashboardBody']),
	);
	for (const body of shown) JSON.parse(body);
	return failingIds(ofType('AWS::CloudWatch::Alarm'), ({ attributes }) =>
		shown.some((body) => body.includes(`"${attributes['Arn']}"`)),
	);
};
