import * as Type from 'typebox';
import { parseInput } from '../endpoint/parse-input.ts';
import { AwsError, type Operation } from '../endpoint/service.ts';
import { type EventTest, parsePatternText } from './pattern.ts';
import { parseSchedule, type Schedule } from './schedule.ts';
import { parseTargetInput, Target, type TargetInput } from './target-input.ts';

/** A rule's target with its parsed input settings. */
export interface RuleTarget {
	readonly target: Target;
	readonly input: TargetInput;
}

/** An immutable rule of the default event bus. */
export interface Rule {
	readonly name: string;
	readonly arn: string;
	readonly isEnabled: boolean;
	readonly description?: string;
	readonly roleArn?: string;
	readonly pattern?: { readonly text: string; readonly test: EventTest };
	readonly schedule?: { readonly text: string } & Schedule;
	/** By target id. */
	readonly targets: ReadonlyMap<string, RuleTarget>;
}

/** The rules by name. */
export interface Rules {
	find(name: string): Rule | undefined;
	/** @throws AwsError `ResourceNotFoundException` */
	get(name: string): Rule;
	/** Sorted by name. */
	all(): readonly Rule[];
	put(rule: Rule): void;
	delete(name: string): void;
}

/** Creates an empty set of rules. `onChange` receives every changed rule, and `undefined` for a deleted one. */
export function createRules(onChange: (name: string, rule: Rule | undefined) => void): Rules {
	const rules = new Map<string, Rule>();
	return {
		find: (name) => rules.get(name),
		get(name) {
			const rule = rules.get(name);
			if (rule !== undefined) return rule;
			throw new AwsError(
				'ResourceNotFoundException',
				`Rule ${name} does not exist on EventBus ${EVENT_BUS}.`,
			);
		},
		all: () => [...rules.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1)),
		put(rule) {
			rules.set(rule.name, rule);
			onChange(rule.name, rule);
		},
		delete(name) {
			if (rules.delete(name)) onChange(name, undefined);
		},
	};
}

/** The only event bus here. Every AWS account has it. */
const EVENT_BUS = 'default';

/** Whether a name or an ARN refers to the default event bus; a missing one does. */
export function isDefaultBus(bus: string = EVENT_BUS): boolean {
	return bus === EVENT_BUS || bus.endsWith(`:event-bus/${EVENT_BUS}`);
}

function requireDefaultBus(bus: string | undefined): void {
	if (isDefaultBus(bus)) return;
	throw new AwsError('ResourceNotFoundException', `Event bus ${bus} does not exist.`);
}

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
const RuleInput = Type.Object({ Name: RuleName, EventBusName });
const ListRulesInput = Type.Object({ NamePrefix: Type.Optional(Type.String()), EventBusName });

/** Creates the operations on rules. `arnPrefix` precedes the name in a rule's ARN. */
export function createRuleOperations(rules: Rules, arnPrefix: string) {
	const setEnabled = (isEnabled: boolean) => (input: unknown) => {
		rules.put({ ...rules.get(parseRuleName(input)), isEnabled });
	};
	return {
		PutRule(input) {
			const request = parseInput(PutRuleInput, input);
			requireDefaultBus(request.EventBusName);
			const rule = createRule(request, arnPrefix, rules.find(request.Name));
			rules.put(rule);
			return { RuleArn: rule.arn };
		},
		DescribeRule: (input) => describeRule(rules.get(parseRuleName(input))),
		ListRules(input) {
			const { NamePrefix = '', EventBusName: bus } = parseInput(ListRulesInput, input);
			requireDefaultBus(bus);
			const matching = rules.all().filter(({ name }) => name.startsWith(NamePrefix));
			return { Rules: matching.map(describeRule) };
		},
		DeleteRule(input) {
			const name = parseRuleName(input);
			if ((rules.find(name)?.targets.size ?? 0) > 0) {
				throw new AwsError('ValidationException', "Rule can't be deleted since it has targets.");
			}
			rules.delete(name);
		},
		EnableRule: setEnabled(true),
		DisableRule: setEnabled(false),
	} as const satisfies Readonly<Record<string, Operation>>;
}

function parseRuleName(input: unknown): string {
	const { Name, EventBusName: bus } = parseInput(RuleInput, input);
	requireDefaultBus(bus);
	return Name;
}

/** PutRule resets every member that it does not name, but keeps the targets. */
function createRule(
	request: Type.Static<typeof PutRuleInput>,
	arnPrefix: string,
	before: Rule | undefined,
): Rule {
	const { Name, EventPattern, ScheduleExpression, State = 'ENABLED', Description, RoleArn } = request;
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

function describeRule(rule: Rule) {
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

/** Quota of EventBridge. */
const MAX_TARGETS_PER_RULE = 5;

const PutTargetsInput = Type.Object({
	Rule: Type.String(),
	EventBusName,
	Targets: Type.Array(Target, { minItems: 1, maxItems: 100 }),
});
const RemoveTargetsInput = Type.Object({
	Rule: Type.String(),
	EventBusName,
	Ids: Type.Array(Type.String(), { minItems: 1, maxItems: 100 }),
});
const ListTargetsInput = Type.Object({ Rule: Type.String(), EventBusName });

/** An invalid target fails the whole request here, so no single entry fails. */
const NO_FAILED_ENTRIES = { FailedEntryCount: 0, FailedEntries: [] } as const;

/** Creates the operations on the targets of rules. */
export function createTargetOperations(rules: Rules) {
	return {
		PutTargets(input) {
			const { Rule: name, EventBusName: bus, Targets } = parseInput(PutTargetsInput, input);
			requireDefaultBus(bus);
			const rule = rules.get(name);
			const added = Targets.map((target): [string, RuleTarget] => [
				target.Id,
				{ target, input: parseTargetInput(target) },
			]);
			const targets = new Map([...rule.targets, ...added]);
			if (targets.size > MAX_TARGETS_PER_RULE) {
				throw new AwsError(
					'LimitExceededException',
					'The requested resource exceeds the maximum number allowed.',
				);
			}
			rules.put({ ...rule, targets });
			return NO_FAILED_ENTRIES;
		},
		RemoveTargets(input) {
			const { Rule: name, EventBusName: bus, Ids } = parseInput(RemoveTargetsInput, input);
			requireDefaultBus(bus);
			const rule = rules.get(name);
			rules.put({ ...rule, targets: new Map([...rule.targets].filter(([id]) => !Ids.includes(id))) });
			return NO_FAILED_ENTRIES;
		},
		ListTargetsByRule(input) {
			const { Rule: name, EventBusName: bus } = parseInput(ListTargetsInput, input);
			requireDefaultBus(bus);
			return { Targets: [...rules.get(name).targets.values()].map(({ target }) => target) };
		},
	} as const satisfies Readonly<Record<string, Operation>>;
}
