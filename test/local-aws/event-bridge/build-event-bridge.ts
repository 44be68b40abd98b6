import type { Deliver, DeliveryTarget } from '../../../src/local-aws/event-bridge/delivery.ts';
import { createEventBridge } from '../../../src/local-aws/event-bridge/event-bridge.ts';
import type { Json } from '../../../src/local-aws/json.ts';
import { createManualClock } from '../../support/manual-clock.ts';
import { createRecordingLog } from '../../support/recording-log.ts';

/** The target of the rule `status`. */
export const QUEUE = 'arn:aws:sqs:eu-west-1:000000000000:queue';
/** The dead-letter queue of the target. */
export const DEAD_LETTERS = 'arn:aws:sqs:eu-west-1:000000000000:dead-letters';
/** The ARN of the rule `status`. */
export const RULE_ARN = 'arn:aws:events:eu-west-1:000000000000:rule/status';

/** An event of Step Functions. */
export const EVENT = {
	version: '0',
	id: 'event-1',
	'detail-type': 'Status Change',
	source: 'aws.states',
	account: '000000000000',
	time: '2026-01-01T00:00:00Z',
	region: 'eu-west-1',
	resources: ['arn:one', 'arn:two'],
	detail: { status: 'SUCCEEDED', count: 3, parts: [{ id: 'a' }, { id: 'b' }], quote: 'say "hi"' },
} satisfies Json;

interface Delivered {
	readonly target: DeliveryTarget;
	readonly payload: string;
	readonly atMs: number;
}

/** Creates an EventBridge that records its deliveries; `fail` throws to fail a delivery. */
export function buildEventBridge(fail: (target: DeliveryTarget) => void = () => {}) {
	const clock = createManualClock(Date.UTC(2026, 0, 1));
	const { log, lines } = createRecordingLog();
	const delivered: Delivered[] = [];
	const deliver: Deliver = async (target, payload) => {
		delivered.push({ target, payload, atMs: clock.now() - Date.UTC(2026, 0, 1) });
		fail(target);
	};
	let ids = 0;
	const newId = () => {
		ids += 1;
		return `id-${ids}`;
	};
	const eventBridge = createEventBridge({
		clock,
		newId,
		region: 'eu-west-1',
		accountId: '000000000000',
		deliver,
		log,
	});
	const call = async (operation: string, input: unknown = {}) => {
		const operate = eventBridge.operations[operation];
		if (operate === undefined) throw new Error(`Unknown operation ${operation}.`);
		return operate(input);
	};
	/** Adds the rule `status` for Step Functions events, with one target. */
	const route = async (target: Readonly<Record<string, unknown>> = {}) => {
		await call('PutRule', { Name: 'status', EventPattern: '{"source":["aws.states"]}' });
		await call('PutTargets', { Rule: 'status', Targets: [{ Id: 'one', Arn: QUEUE, ...target }] });
	};
	return { ...eventBridge, call, route, clock, delivered, lines };
}
