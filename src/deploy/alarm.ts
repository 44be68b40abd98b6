import type { TemplateValue } from '../workflows/define-workflow.ts';
import type { CompiledResource } from './compiled-template.ts';

/** One CloudWatch metric. */
export interface Metric {
	readonly namespace: string;
	readonly name: TemplateValue;
	readonly dimensions: Readonly<Record<string, TemplateValue>>;
	/** `Sum`, `Maximum`, or a percentile such as `p99`. */
	readonly statistic: string;
}

/** The condition and the text of an alarm. */
export interface AlarmOptions {
	/** The failure and the first step of the operator. */
	readonly description: TemplateValue;
	/** The alarm fires above this value. */
	readonly threshold: number;
	/** How many of the latest periods must be above the threshold: `[2, 3]` is two of three. */
	readonly periods: readonly [above: number, of: number];
	readonly periodSeconds?: number;
	/** Whether missing data fires the alarm. By default it does not: CloudWatch has no data while nothing happens. */
	readonly firesWithoutData?: boolean;
}

/** An alarm that fires when a metric is above the threshold. */
export function metricAlarm(metric: Metric, options: AlarmOptions): CompiledResource {
	return alarmResource(options, {
		...statisticOf(metric),
		Namespace: metric.namespace,
		MetricName: metric.name,
		Dimensions: dimensionsOf(metric),
		Period: options.periodSeconds ?? 60,
	});
}

/** An alarm that fires when an expression over metrics, given by their ids, is above the threshold. */
export function expressionAlarm(
	expression: string,
	metrics: Readonly<Record<string, Metric>>,
	options: AlarmOptions,
): CompiledResource {
	return alarmResource(options, {
		Metrics: [
			{ Id: 'result', Label: 'result', ReturnData: true, Expression: expression },
			...Object.entries(metrics).map(([Id, metric]) => ({
				Id,
				ReturnData: false,
				MetricStat: {
					Metric: {
						Namespace: metric.namespace,
						MetricName: metric.name,
						Dimensions: dimensionsOf(metric),
					},
					Period: options.periodSeconds ?? 60,
					Stat: metric.statistic,
				},
			})),
		],
	});
}

/** A metric of the lines of a log group that match a filter pattern: their number, or a member of theirs. It has no dimensions. */
export function logMetric(
	logGroupId: string,
	filterPattern: string,
	metric: Pick<Metric, 'namespace' | 'name'>,
	value = '1',
): CompiledResource {
	return {
		Type: 'AWS::Logs::MetricFilter',
		Properties: {
			LogGroupName: { Ref: logGroupId },
			FilterPattern: filterPattern,
			MetricTransformations: [
				{ MetricNamespace: metric.namespace, MetricName: metric.name, MetricValue: value },
			],
		},
	};
}

function alarmResource(options: AlarmOptions, watched: object): CompiledResource {
	const { description, threshold, periods, firesWithoutData = false } = options;
	const [DatapointsToAlarm, EvaluationPeriods] = periods;
	const Actions = [{ Ref: 'AlarmTopic' }];
	return {
		Type: 'AWS::CloudWatch::Alarm',
		Properties: {
			AlarmDescription: description,
			...watched,
			Threshold: threshold,
			ComparisonOperator: 'GreaterThanThreshold',
			DatapointsToAlarm,
			EvaluationPeriods,
			TreatMissingData: firesWithoutData ? 'breaching' : 'notBreaching',
			AlarmActions: Actions,
			OKActions: Actions,
		},
	};
}

function statisticOf({ statistic }: Metric): object {
	return statistic.startsWith('p') ? { ExtendedStatistic: statistic } : { Statistic: statistic };
}

function dimensionsOf(metric: Metric): object[] {
	return Object.entries(metric.dimensions).map(([Name, Value]) => ({ Name, Value }));
}
