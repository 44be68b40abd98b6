import { DEAD_DELIVERIES_METRIC } from '../tasks/send-delivery.ts';
import { metricAlarm } from './alarm.ts';
import type { CompiledResources } from './compiled-template.ts';

/** The alarm on deliveries that were given up. Its dimensions are those of `createMetric`. */
export function webhookAlarms({
	service,
	stage,
}: {
	readonly service: string;
	readonly stage: string;
}): CompiledResources {
	return {
		DeadDeliveriesAlarm: metricAlarm(
			{ namespace: service, name: DEAD_DELIVERIES_METRIC, dimensions: { stage }, statistic: 'Sum' },
			{
				description:
					'Webhook deliveries failed for 22 hours and were given up. The log of webhookSender names each of them. Inform the owner of the webhook: a delivery can be replayed for 7 days.',
				threshold: 0,
				periods: [1, 1],
				periodSeconds: 3600,
			},
		),
	};
}
