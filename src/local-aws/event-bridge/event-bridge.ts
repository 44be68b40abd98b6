import type { Clock } from '../clock.ts';
import type { JsonService } from '../endpoint/service.ts';
import type { Json } from '../json.ts';
import type { Log } from '../log.ts';
import { createDeliverer, type Deliver } from './delivery.ts';
import { createEventOperations, envelopeFactory } from './events.ts';
import { createRuleOperations, createRules, createTargetOperations, type Rule } from './rules.ts';
import { createRuleTimers } from './schedule.ts';

/** EventBridge with the default event bus. */
export interface EventBridge extends JsonService {
	/** Publishes an event of an AWS service. Resolves when every matching target has accepted or lost it. */
	readonly publish: (event: Json) => Promise<void>;
	/** Starts the schedules. */
	readonly start: () => void;
	/** Stops the schedules and abandons pending retries. */
	readonly close: () => void;
}

/** The dependencies of EventBridge. */
export interface EventBridgeOptions {
	readonly clock: Clock;
	readonly newId: () => string;
	readonly region: string;
	readonly accountId: string;
	readonly deliver: Deliver;
	/** Receives lost events. */
	readonly log: Pick<Log, 'error'>;
}

/** Creates EventBridge without rules. Rules are in memory only: the template creates them at each start. */
export function createEventBridge(options: EventBridgeOptions): EventBridge {
	const { clock, region, accountId } = options;
	const deliverer = createDeliverer(options);
	const createEnvelope = envelopeFactory(options);

	const sendToTargets = (rule: Rule, event: Json): Promise<void>[] => {
		const context = { ruleName: rule.name, ruleArn: rule.arn, ingestedAtMs: clock.now() };
		return [...rule.targets.values()].map(({ target, input }) =>
			deliverer.deliverWithRetry({ ruleArn: rule.arn, target, event, payload: input(event, context) }),
		);
	};

	const publish = async (event: Json) => {
		const matching = rules.all().filter(({ isEnabled, pattern }) => isEnabled && pattern?.test(event));
		await Promise.all(matching.flatMap((rule) => sendToTargets(rule, event)));
	};

	const timers = createRuleTimers(clock, (ruleName) => {
		const rule = rules.get(ruleName);
		const event = createEnvelope({
			source: 'aws.events',
			detailType: 'Scheduled Event',
			detail: {},
			resources: [rule.arn],
		});
		void Promise.all(sendToTargets(rule, event));
	});

	const rules = createRules((name, rule) => timers.set(name, rule?.isEnabled ? rule.schedule : undefined));

	return {
		signingName: 'events',
		jsonVersion: '1.1',
		operations: {
			...createRuleOperations(rules, `arn:aws:events:${region}:${accountId}:rule/`),
			...createTargetOperations(rules),
			...createEventOperations(createEnvelope, (event) => void publish(event)),
		},
		publish,
		start: () => timers.start(),
		close() {
			timers.close();
			deliverer.close();
		},
	};
}
