import * as Type from 'typebox';
import { parseInput } from '../endpoint/parse-input.ts';
import { AwsError, type Operation } from '../endpoint/service.ts';
import { type Rules, type RuleTarget, requireDefaultBus } from './rules.ts';
import { Target } from './target.ts';
import { parseTargetInput } from './target-input.ts';

/** AWS's quota. */
const MOST_TARGETS = 5;

const PutTargetsInput = Type.Object({
	Rule: Type.String(),
	EventBusName: Type.Optional(Type.String()),
	Targets: Type.Array(Target, { minItems: 1, maxItems: 100 }),
});
const RemoveTargetsInput = Type.Object({
	Rule: Type.String(),
	EventBusName: Type.Optional(Type.String()),
	Ids: Type.Array(Type.String(), { minItems: 1, maxItems: 100 }),
});
const ListTargetsInput = Type.Object({ Rule: Type.String(), EventBusName: Type.Optional(Type.String()) });

/** Nothing fails for one target alone here: a bad one fails the whole request. */
const NONE_FAILED = { FailedEntryCount: 0, FailedEntries: [] } as const;

/** The operations on a rule's targets. */
export function createTargetOperations(rules: Rules) {
	return {
		PutTargets(input) {
			const { Rule, EventBusName, Targets } = parseInput(PutTargetsInput, input);
			requireDefaultBus(EventBusName);
			const rule = rules.get(Rule);
			const put = Targets.map((target): [string, RuleTarget] => [
				target.Id,
				{ target, input: parseTargetInput(target) },
			]);
			const targets = new Map([...rule.targets, ...put]);
			if (targets.size > MOST_TARGETS) {
				throw new AwsError(
					'LimitExceededException',
					'The requested resource exceeds the maximum number allowed.',
				);
			}
			rules.put({ ...rule, targets });
			return NONE_FAILED;
		},
		RemoveTargets(input) {
			const { Rule, EventBusName, Ids } = parseInput(RemoveTargetsInput, input);
			requireDefaultBus(EventBusName);
			const rule = rules.get(Rule);
			rules.put({ ...rule, targets: new Map([...rule.targets].filter(([id]) => !Ids.includes(id))) });
			return NONE_FAILED;
		},
		ListTargetsByRule(input) {
			const { Rule, EventBusName } = parseInput(ListTargetsInput, input);
			requireDefaultBus(EventBusName);
			return { Targets: [...rules.get(Rule).targets.values()].map(({ target }) => target) };
		},
	} as const satisfies Readonly<Record<string, Operation>>;
}
