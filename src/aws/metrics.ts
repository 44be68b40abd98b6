import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';

type Unit = (typeof MetricUnit)[keyof typeof MetricUnit];

/** The namespace of the service's own metrics in CloudWatch. */
const NAMESPACE = 'task-api';

/**
 * Creates a function that records a value in CloudWatch, as a log line in the embedded metric format: no call is made.
 * The only dimension is the stage, as in the alarms.
 */
export function createMetric(
	name: string,
	stage: string,
	unit: Unit = MetricUnit.Count,
): (value: number) => void {
	const metrics = new Metrics({ namespace: NAMESPACE });
	metrics.clearDefaultDimensions();
	return (value) => {
		metrics.addDimension('stage', stage);
		metrics.addMetric(name, unit, value);
		metrics.publishStoredMetrics();
	};
}
