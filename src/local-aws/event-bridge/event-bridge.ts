import type { Clock } from '../clock.ts';
import type { JsonService } from '../endpoint/service.ts';
import type { Log } from '../log.ts';
import { createCarrier } from './delivery.ts';
import { createEnvelopeMaker } from './envelope.ts';
import { createEventOperations } from './event-operations.ts';
import type { Json } from './json.ts';
import { createRuleOperations } from './rule-operations.ts';
import { createRuleTimers } from './rule-timers.ts';
import { createRules, type Rule } from './rules.ts';
import type { Deliver } from './target.ts';
import { createTargetOperations } from './target-operations.ts';

/** EventBridge: a JSON service for the endpoint, and the way in for the events of the other services. */
export interface EventBridge extends JsonService {
	/** For events of AWS services, in their envelopes. Resolves when every target that it matches has it, or has lost it. */
	readonly publish: (event: Json) => Promise<void>;
	/** Begins to fire schedules. */
	readonly start: () => void;
	/** Ends schedules and gives up what waits to be delivered again. */
	readonly close: () => void;
}

/** What EventBridge works with. */
export interface EventBridgeOptions {
	readonly clock: Clock;
	readonly newId: () => string;
	readonly region: string;
	readonly accountId: string;
	readonly deliver: Deliver;
	/** Told of events that are lost. */
	readonly log: Pick<Log, 'error'>;
}

/** Begins without rules; they are kept in memory, since a template makes them anew at each boot. */
export function createEventBridge(options: EventBridgeOptions): EventBridge {
	const { clock, region, accountId } = options;
	const carrier = createCarrier(options);
	const makeEnvelope = createEnvelopeMaker(options);

	const sendToTargets = (rule: Rule, event: Json): Promise<void>[] => {
		const occasion = { ruleName: rule.name, ruleArn: rule.arn, ingestedAtMs: clock.now() };
		return [...rule.targets.values()].map(({ target, input }) =>
			carrier.carry({ ruleArn: rule.arn, target, event, payload: input(event, occasion) }),
		);
	};

	const publish = async (event: Json) => {
		const matching = rules.all().filter(({ isEnabled, pattern }) => isEnabled && pattern?.test(event));
		await Promise.all(matching.flatMap((rule) => sendToTargets(rule, event)));
	};

	const timers = createRuleTimers(clock, (ruleName) => {
		const rule = rules.get(ruleName);
		const event = makeEnvelope({
			source: 'aws.events',
			'detail-type': 'Scheduled Event',
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
			...createEventOperations(makeEnvelope, (event) => void publish(event)),
		},
		publish,
		start: () => timers.start(),
		close() {
			timers.close();
			carrier.close();
		},
	};
}
