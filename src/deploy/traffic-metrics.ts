import { STATUS_APPLIED_MESSAGE } from '../executions/mirror.ts';
import { logMetric } from './alarm.ts';
import type { ApplicationMetricSettings } from './application-alarms.ts';
import { type CompiledResource, type CompiledResources, idsOfType } from './compiled-template.ts';

/** Requests that created tasks. */
export const ACCEPTED_REQUESTS = 'AcceptedRequests';
/** Milliseconds from the acceptance of a task to the start of its execution. */
export const START_DELAY = 'StartDelayMs';
/** Milliseconds from the acceptance of a task to its end. */
export const TASK_DURATION = 'TaskDurationMs';

/** Metrics of the traffic, read from lines that the gateway and the listener write anyway. */
export function createTrafficMetrics(
	resources: CompiledResources,
	{ service, stage }: ApplicationMetricSettings,
): Record<string, CompiledResource> {
	const named = (name: string) => ({ namespace: service, name: `${stage}.${name}` });
	const applied = `$.message = "${STATUS_APPLIED_MESSAGE}"`;
	return {
		...Object.fromEntries(
			idsOfType(resources, 'AWS::ApiGatewayV2::Api').map((apiId) => [
				`${apiId}${ACCEPTED_REQUESTS}Metric`,
				logMetric(
					`${apiId}LogGroup`,
					'{ ($.method = "POST") && ($.path = "*/v1/tasks") && ($.status = "2*") }',
					named(ACCEPTED_REQUESTS),
				),
			]),
		),
		StartDelayMetric: logMetric(
			'ListenerLogGroup',
			`{ (${applied}) && ($.started_after_ms >= 0) }`,
			named(START_DELAY),
			'$.started_after_ms',
		),
		TaskDurationMetric: logMetric(
			'ListenerLogGroup',
			`{ (${applied}) && ($.ended_after_ms >= 0) }`,
			named(TASK_DURATION),
			'$.ended_after_ms',
		),
	};
}

/** The queues that receive undeliverable messages. */
export function deadLetterQueueIds(resources: CompiledResources): string[] {
	const text = JSON.stringify(resources);
	return idsOfType(resources, 'AWS::SQS::Queue').filter((id) => {
		const arn = JSON.stringify({ 'Fn::GetAtt': [id, 'Arn'] });
		return [
			`"deadLetterTargetArn":${arn}`,
			`"DeadLetterConfig":{"Arn":${arn}`,
			`"OnFailure":{"Destination":${arn}`,
		].some((reference) => text.includes(reference));
	});
}
