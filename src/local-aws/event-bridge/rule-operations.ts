import * as Type from 'typebox';
import { parseInput } from '../endpoint/parse-input.ts';
import { AwsError, type Operation } from '../endpoint/service.ts';
import { parseJsonText } from './json.ts';
import { parsePattern } from './pattern.ts';
import { invalidPattern } from './pattern-error.ts';
import { EVENT_BUS, type Rule, type Rules, requireDefaultBus } from './rules.ts';
import { parseSchedule } from './schedule.ts';

const RuleName = Type.String({ pattern: '^[.\\-_A-Za-z0-9]{1,64}$' });
const EventBusName = Type.Optional(Type.String());

const PutRuleInput = Type.Object({
	Name: RuleName,
	EventPattern: Type.Optional(Type.String({ maxLength: 4096 })),
	ScheduleExpression: Type.Optional(Type.String({ maxLength: 256 })),
	State: Type.Optional(Type.Union([Type.Literal('ENABLED'), Type.Literal('DISABLED')])),
	Description: Type.Optional(Type.String({ maxLength: 512 })),
	RoleArn: Type.Optional(Type.String()),
	EventBusName,
});
const NamedRuleInput = Type.Object({ Name: RuleName, EventBusName });
const ListRulesInput = Type.Object({ NamePrefix: Type.Optional(Type.String()), EventBusName });

/** The operations on rules themselves. `arnPrefix` is all of a rule's ARN but its name. */
export function createRuleOperations(rules: Rules, arnPrefix: string) {
	const setEnabled = (isEnabled: boolean) => (input: unknown) => {
		rules.put({ ...rules.get(namedRule(input)), isEnabled });
	};
	return {
		PutRule(input) {
			const wanted = parseInput(PutRuleInput, input);
			requireDefaultBus(wanted.EventBusName);
			const rule = readRule(wanted, arnPrefix, rules.find(wanted.Name));
			rules.put(rule);
			return { RuleArn: rule.arn };
		},
		DescribeRule: (input) => describe(rules.get(namedRule(input))),
		ListRules(input) {
			const { NamePrefix = '', EventBusName: bus } = parseInput(ListRulesInput, input);
			requireDefaultBus(bus);
			return {
				Rules: rules
					.all()
					.filter(({ name }) => name.startsWith(NamePrefix))
					.map(describe),
			};
		},
		DeleteRule(input) {
			const name = namedRule(input);
			if ((rules.find(name)?.targets.size ?? 0) > 0) {
				throw new AwsError('ValidationException', "Rule can't be deleted since it has targets.");
			}
			rules.delete(name);
		},
		EnableRule: setEnabled(true),
		DisableRule: setEnabled(false),
	} as const satisfies Readonly<Record<string, Operation>>;
}

function namedRule(input: unknown): string {
	const { Name, EventBusName: bus } = parseInput(NamedRuleInput, input);
	requireDefaultBus(bus);
	return Name;
}

/** The rule as it is to be: what PutRule does not name goes back to nothing, but the targets stay. */
function readRule(
	wanted: Type.Static<typeof PutRuleInput>,
	arnPrefix: string,
	before: Rule | undefined,
): Rule {
	const { Name, EventPattern, ScheduleExpression, State = 'ENABLED', Description, RoleArn } = wanted;
	if (EventPattern === undefined && ScheduleExpression === undefined) {
		throw new AwsError(
			'ValidationException',
			'Parameter(s) EventPattern or ScheduleExpression must be specified.',
		);
	}
	return {
		name: Name,
		arn: arnPrefix + Name,
		isEnabled: State === 'ENABLED',
		targets: before?.targets ?? new Map(),
		...(Description === undefined ? {} : { description: Description }),
		...(RoleArn === undefined ? {} : { roleArn: RoleArn }),
		...(EventPattern === undefined
			? {}
			: { pattern: { text: EventPattern, test: parsePatternText(EventPattern) } }),
		...(ScheduleExpression === undefined
			? {}
			: { schedule: { text: ScheduleExpression, ...parseSchedule(ScheduleExpression) } }),
	};
}

/** Reads a pattern as callers send it; throws InvalidEventPatternException. */
export function parsePatternText(text: string) {
	const pattern = parseJsonText(text);
	if (pattern === undefined) throw invalidPattern('Filter is not valid JSON');
	return parsePattern(pattern);
}

function describe(rule: Rule) {
	return {
		Name: rule.name,
		Arn: rule.arn,
		EventPattern: rule.pattern?.text,
		ScheduleExpression: rule.schedule?.text,
		State: rule.isEnabled ? 'ENABLED' : 'DISABLED',
		Description: rule.description,
		RoleArn: rule.roleArn,
		EventBusName: EVENT_BUS,
	};
}
