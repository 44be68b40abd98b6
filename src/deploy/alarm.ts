import type { TemplateValue } from '../workflows/define-deployment.ts';
import type { CompiledResource } from './compiled-template.ts';

/** One metric of CloudWatch. */
export interface Metric {
	readonly namespace: string;
	readonly name: TemplateValue;
	readonly dimensions: Readonly<Record<string, TemplateValue>>;
	/** `Sum`, `Maximum`, or a percentile as `p99`. */
	readonly statistic: string;
}

interface AlarmOptions {
	/** What has happened, and where to look. */
	readonly description: TemplateValue;
	/** Rings above this. */
	readonly above: number;
	/** How many of the last minutes or periods must be above: `[2, 3]` is two of three. */
	readonly periods: readonly [above: number, of: number];
	readonly periodSeconds?: number;
	/** Whether it rings without data, too; by default it does not, since CloudWatch has none where nothing happens. */
	readonly ringsWithoutData?: boolean;
}

/** Rings when a metric is too high. */
export function alarm(metric: Metric, options: AlarmOptions): CompiledResource {
	return alarmResource(options, {
		...statistic(metric.statistic),
		Namespace: metric.namespace,
		MetricName: metric.name,
		Dimensions: dimensions(metric),
		Period: options.periodSeconds ?? 60,
	});
}

/** Rings when a part is too large a share of the whole, in per cent. */
export function shareAlarm(part: Metric, whole: readonly Metric[], options: AlarmOptions): CompiledResource {
	const query = (Id: string, metric: Metric) => ({
		Id,
		ReturnData: false,
		MetricStat: {
			Metric: { Namespace: metric.namespace, MetricName: metric.name, Dimensions: dimensions(metric) },
			Period: options.periodSeconds ?? 60,
			Stat: metric.statistic,
		},
	});
	const sum = whole.map((_, index) => `FILL(whole${index}, 0)`).join(' + ');
	return alarmResource(options, {
		Metrics: [
			{ Id: 'share', Label: 'per cent', ReturnData: true, Expression: `100 * FILL(part, 0) / (${sum})` },
			query('part', part),
			...whole.map((metric, index) => query(`whole${index}`, metric)),
		],
	});
}

function alarmResource(options: AlarmOptions, watched: object): CompiledResource {
	const { description, above, periods, ringsWithoutData = false } = options;
	const [DatapointsToAlarm, EvaluationPeriods] = periods;
	const Actions = [{ Ref: 'AlarmTopic' }];
	return {
		Type: 'AWS::CloudWatch::Alarm',
		Properties: {
			AlarmDescription: description,
			...watched,
			Threshold: above,
			ComparisonOperator: 'GreaterThanThreshold',
			DatapointsToAlarm,
			EvaluationPeriods,
			TreatMissingData: ringsWithoutData ? 'breaching' : 'notBreaching',
			AlarmActions: Actions,
			OKActions: Actions,
		},
	};
}

function statistic(name: string): object {
	return name.startsWith('p') ? { ExtendedStatistic: name } : { Statistic: name };
}

function dimensions(metric: Metric): object[] {
	return Object.entries(metric.dimensions).map(([Name, Value]) => ({ Name, Value }));
}
