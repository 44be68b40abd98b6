/** The namespace of the service's own metrics in CloudWatch. */
const NAMESPACE = 'task-api';

/**
 * Counts something in CloudWatch, by a log line in its embedded metric format: no call is made.
 * Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export function createMetric(name: string, stage: string, now: () => number) {
	return (count: number): void => {
		const line = {
			_aws: {
				Timestamp: now(),
				CloudWatchMetrics: [
					{ Namespace: NAMESPACE, Dimensions: [['stage']], Metrics: [{ Name: name, Unit: 'Count' }] },
				],
			},
			stage,
			[name]: count,
		};
		process.stdout.write(`${JSON.stringify(line)}\n`);
	};
}
