type JsonObject = Readonly<Record<string, unknown>>;

/**
 * The members of a state machine that clients may see: its states, their order, retries and time limits. Resources,
 * arguments and outputs are internal, like every member that is not listed here.
 */
const MACHINE = names('Comment StartAt TimeoutSeconds States');
const STATE = names(
	'Type Comment Next End Default Error TimeoutSeconds HeartbeatSeconds Seconds MaxConcurrency',
	'Choices Retry Catch Branches ItemProcessor',
);
const RULE = names(
	'Comment Condition Next ErrorEquals IntervalSeconds MaxAttempts MaxDelaySeconds BackoffRate JitterStrategy',
);

/** Substitutions and ARNs are internal; expressions have no constant value. */
const INTERNAL = /\$\{|\barn:/;
const EXPRESSION = /^\{%/;

/**
 * Returns the public form of a definition.
 * @throws if the machine has no `TimeoutSeconds`.
 */
export function publicDefinition(name: string, definition: object): JsonObject {
	const shown = machine(definition);
	if (typeof shown['TimeoutSeconds'] !== 'number')
		throw new Error(`The definition of ${name} has no TimeoutSeconds that is a number.`);
	return shown;
}

function machine(definition: unknown): JsonObject {
	return pick(definition, MACHINE, (member, value) => (member === 'States' ? eachState(value) : value));
}

function eachState(states: unknown): JsonObject {
	return Object.fromEntries(Object.entries(Object(states)).map(([name, value]) => [name, state(value)]));
}

function state(value: unknown): JsonObject {
	return pick(value, STATE, (member, part) => {
		if (member === 'ItemProcessor') return machine(part);
		if (!Array.isArray(part)) return typeof part === 'string' && EXPRESSION.test(part) ? undefined : part;
		return part.map((item) => (member === 'Branches' ? machine(item) : pick(item, RULE, (_, rule) => rule)));
	});
}

/** Returns the listed members as `show` returns them, without internal ones and those that `show` omits. */
function pick(
	from: unknown,
	members: ReadonlySet<string>,
	show: (member: string, value: unknown) => unknown,
): JsonObject {
	return Object.fromEntries(
		Object.entries(Object(from)).flatMap(([member, value]) => {
			const shown = members.has(member) ? show(member, value) : undefined;
			return shown === undefined || (typeof shown === 'string' && INTERNAL.test(shown))
				? []
				: [[member, shown]];
		}),
	);
}

function names(...lines: readonly string[]): ReadonlySet<string> {
	return new Set(lines.flatMap((line) => line.split(' ')));
}
