import { RESULT_INVALID_MESSAGE } from '../executions/mirror.ts';
import { RECONCILE_LAG_METRIC, STUCK_TASKS_METRIC, UNREAD_SHARDS_METRIC } from '../executions/reconciler.ts';
import { DEAD_DELIVERIES_METRIC } from '../tasks/send-delivery.ts';
import { logMetric, type Metric, metricAlarm } from './alarm.ts';
import { CODE_CACHE_REJECTED_METRIC } from './code-cache/load-bundle.ts';
import type { CompiledResources } from './compiled-template.ts';

/** The namespace and the dimension of the application's own metrics. */
export interface ApplicationMetricSettings {
	readonly service: string;
	readonly stage: string;
}

/** Tasks are due for a check at the latest every 15 minutes, so this lag delays repairs noticeably. */
const MAX_RECONCILE_LAG_SECONDS = 300;

/** The alarms on metrics and log lines that the functions themselves write. */
export function applicationAlarms(settings: ApplicationMetricSettings): CompiledResources {
	return {
		...reconcilerAlarms(settings),
		...codeCacheAlarm(settings),
		...invalidResultsAlarm(settings),
		...deadDeliveriesAlarm(settings),
	};
}

function serviceMetric(
	{ service, stage }: ApplicationMetricSettings,
	name: string,
	statistic: string,
): Metric {
	return { namespace: service, name, dimensions: { stage }, statistic };
}

function reconcilerAlarms(settings: ApplicationMetricSettings): CompiledResources {
	return {
		StuckTasksAlarm: metricAlarm(serviceMetric(settings, STUCK_TASKS_METRIC, 'Maximum'), {
			description:
				'Tasks neither start nor end and the reconciler cannot repair them, or the reconciler does not run. Its log names the tasks.',
			threshold: 0,
			periods: [3, 5],
			firesWithoutData: true,
		}),
		ReconcileLagAlarm: metricAlarm(serviceMetric(settings, RECONCILE_LAG_METRIC, 'Maximum'), {
			description: `Checks of open tasks are more than ${MAX_RECONCILE_LAG_SECONDS} s late: more tasks are due than the reconciler handles in a minute, or a service throttles it.`,
			threshold: MAX_RECONCILE_LAG_SECONDS,
			periods: [3, 5],
		}),
		UnreadIndexShardsAlarm: metricAlarm(serviceMetric(settings, UNREAD_SHARDS_METRIC, 'Maximum'), {
			description:
				'The reconciler cannot read a part of the index of open tasks, so it repairs none of the tasks in that part. Its log has the error.',
			threshold: 0,
			periods: [5, 5],
		}),
	};
}

/** Step Functions counts these executions as succeeded. The listener sees nearly all of them, so its log is enough. */
function invalidResultsAlarm({ service, stage }: ApplicationMetricSettings): CompiledResources {
	const invalid: Metric = {
		namespace: service,
		name: `${stage}.InvalidResults`,
		dimensions: {},
		statistic: 'Sum',
	};
	return {
		InvalidResultsMetric: logMetric(
			'ListenerLogGroup',
			`{ $.message = "${RESULT_INVALID_MESSAGE}" }`,
			invalid,
		),
		InvalidResultsAlarm: metricAlarm(invalid, {
			description: `Tasks fail with ResultInvalid: a workflow returns results that its result schema does not allow. Search the log of listener for "${RESULT_INVALID_MESSAGE}"; then fix the workflow and rerun the tasks.`,
			threshold: 0,
			periods: [1, 1],
			periodSeconds: 300,
		}),
	};
}

function codeCacheAlarm(settings: ApplicationMetricSettings): CompiledResources {
	return {
		CodeCacheRejectedAlarm: metricAlarm(serviceMetric(settings, CODE_CACHE_REJECTED_METRIC, 'Sum'), {
			description:
				'Functions start twice as slowly, because V8 rejects their code caches: Lambda runs another Node version or other flags. Package again with the Node version of the runtime, on arm64.',
			threshold: 0,
			periods: [1, 1],
			periodSeconds: 3600,
		}),
	};
}

function deadDeliveriesAlarm(settings: ApplicationMetricSettings): CompiledResources {
	return {
		DeadDeliveriesAlarm: metricAlarm(serviceMetric(settings, DEAD_DELIVERIES_METRIC, 'Sum'), {
			description:
				'Webhook deliveries failed for 22 hours and were given up. The log of webhookSender names each of them. Inform the owner of the webhook: a delivery can be replayed for 7 days.',
			threshold: 0,
			periods: [1, 1],
			periodSeconds: 3600,
		}),
	};
}
