import type { JsonObject } from '../../../src/local-aws/json.ts';
import type { Resource } from '../../../src/local-aws/template/resolve-template.ts';
import { at, lacking, objects, type PackagedStage, type Rule, texts } from './rule.ts';

/** The metrics that are there, with the dimensions by which they can be asked for; AWS's from each service's user guide. */
const METRICS: Readonly<
	Record<string, readonly { readonly names: readonly string[]; readonly dimensions: string }[]>
> = {
	'AWS/ApiGateway': [
		{ names: ['4xx', '5xx', 'Count', 'IntegrationLatency', 'Latency'], dimensions: 'ApiId,Stage' },
	],
	'AWS/Lambda': [
		{ names: ['Duration', 'Errors', 'Invocations', 'Throttles'], dimensions: 'FunctionName,Resource' },
	],
	'AWS/SQS': [
		{
			names: ['ApproximateAgeOfOldestMessage', 'ApproximateNumberOfMessagesVisible'],
			dimensions: 'QueueName',
		},
	],
	'AWS/States': [
		{
			names: ['ExecutionsAborted', 'ExecutionsFailed', 'ExecutionsSucceeded', 'ExecutionsTimedOut'],
			dimensions: 'StateMachineArn',
		},
	],
	// The reconciler's EMF line.
	'task-api': [{ names: ['StuckTasks'], dimensions: 'stage' }],
};

interface Watched {
	readonly namespace: string;
	readonly name: string;
	/** In the order of the alphabet. */
	readonly dimensions: readonly JsonObject[];
}

function watchedBy({ properties }: Resource): readonly Watched[] {
	const queries = objects(properties['Metrics']).map((query) => at(query, 'MetricStat', 'Metric') ?? null);
	return objects([properties, ...queries].flat())
		.filter((metric) => metric['MetricName'] !== undefined)
		.map((metric) => ({
			namespace: String(metric['Namespace']),
			name: String(metric['MetricName']),
			dimensions: objects(metric['Dimensions']).toSorted((one, other) =>
				String(one['Name']).localeCompare(String(other['Name'])),
			),
		}));
}

/** An alarm on a metric that nobody writes never rings, and CloudWatch does not mind. */
export const everyMetricExists: Rule = ({ ofType }) => {
	const filtered = new Set(
		ofType('AWS::Logs::MetricFilter').flatMap(({ properties }) =>
			objects(properties['MetricTransformations']).map(
				({ MetricNamespace, MetricName }) => `${String(MetricNamespace)} ${String(MetricName)} `,
			),
		),
	);
	return lacking(ofType('AWS::CloudWatch::Alarm'), (alarm) => {
		const watched = watchedBy(alarm);
		return (
			watched.length > 0 &&
			watched.every(({ namespace, name, dimensions }) => {
				const by = dimensions.map(({ Name }) => Name).join();
				return (
					filtered.has(`${namespace} ${name} ${by}`) ||
					METRICS[namespace]?.some((known) => known.names.includes(name) && known.dimensions === by)
				);
			})
		);
	});
};

/** It goes to a topic, and tells whoever wakes up what to do. */
export const everyAlarmIsHeard: Rule = ({ ofType }) => {
	const topics = new Set(ofType('AWS::SNS::Topic').map(({ ref }) => ref));
	return lacking(
		ofType('AWS::CloudWatch::Alarm'),
		({ properties }) =>
			texts(properties['AlarmActions']).some((arn) => topics.has(arn)) &&
			String(properties['AlarmDescription']).length > 20 &&
			properties['TreatMissingData'] !== undefined,
	);
};

/** What can break by itself has an alarm by each of these metrics. */
const MUST_RING: readonly {
	readonly of: (packaged: PackagedStage) => readonly (string | undefined)[];
	readonly metrics: readonly string[];
}[] = [
	{
		of: ({ ofType }) =>
			ofType('AWS::SQS::Queue')
				.filter(({ properties }) => properties['RedrivePolicy'] === undefined)
				.map(({ attributes }) => attributes['QueueName']),
		metrics: ['ApproximateNumberOfMessagesVisible'],
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
	{ of: ({ stage }) => [stage], metrics: ['StuckTasks'] },
];

/** See the list of what must ring. */
export const whatCanBreakRings: Rule = (packaged) => {
	const rings = new Set(
		packaged
			.ofType('AWS::CloudWatch::Alarm')
			.flatMap(watchedBy)
			.flatMap(({ name, dimensions }) => dimensions.map(({ Value }) => `${name} of ${String(Value)}`)),
	);
	return MUST_RING.flatMap(({ of, metrics }) =>
		of(packaged).flatMap((what) => metrics.map((metric) => `${metric} of ${what}`)),
	).filter((wanted) => !rings.has(wanted));
};

/** One page shows every alarm. */
export const theDashboardShowsEveryAlarm: Rule = ({ ofType }) => {
	const shown = ofType('AWS::CloudWatch::Dashboard').map(({ properties }) =>
		String(properties['DashboardBody']),
	);
	for (const body of shown) JSON.parse(body);
	return lacking(ofType('AWS::CloudWatch::Alarm'), ({ attributes }) =>
		shown.some((body) => body.includes(`"${attributes['Arn']}"`)),
	);
};
