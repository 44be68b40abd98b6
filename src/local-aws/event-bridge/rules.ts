import { AwsError } from '../endpoint/service.ts';
import type { EventTest } from './pattern.ts';
import type { Schedule } from './schedule.ts';
import type { Target } from './target.ts';
import type { TargetInput } from './target-input.ts';

/** A rule's target with its input settings read. */
export interface RuleTarget {
	readonly target: Target;
	readonly input: TargetInput;
}

/** A rule of the default event bus. A change of it is a new one in its place. */
export interface Rule {
	readonly name: string;
	readonly arn: string;
	readonly isEnabled: boolean;
	readonly description?: string;
	readonly roleArn?: string;
	readonly pattern?: { readonly text: string; readonly test: EventTest };
	readonly schedule?: { readonly text: string } & Schedule;
	/** By the target's id. */
	readonly targets: ReadonlyMap<string, RuleTarget>;
}

/** The rules there are, by name. */
export interface Rules {
	find(name: string): Rule | undefined;
	/** Throws ResourceNotFoundException. */
	get(name: string): Rule;
	/** In the order of their names. */
	all(): readonly Rule[];
	put(rule: Rule): void;
	delete(name: string): void;
}

/** Begins with none. `onChange` hears of each rule that is put, and of the name of each that is gone. */
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

/** The one event bus that an account has by itself, and the only one here. */
export const EVENT_BUS = 'default';

/** Whether a bus is the default one: by name, by ARN, or by not being named. */
export function isDefaultBus(bus: string = EVENT_BUS): boolean {
	return bus === EVENT_BUS || bus.endsWith(`:event-bus/${EVENT_BUS}`);
}

/** Throws ResourceNotFoundException for other buses than the default one. */
export function requireDefaultBus(bus: string | undefined): void {
	if (isDefaultBus(bus)) return;
	throw new AwsError('ResourceNotFoundException', `Event bus ${bus} does not exist.`);
}
