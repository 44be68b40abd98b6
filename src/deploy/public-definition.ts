type JsonObject = Readonly<Record<string, unknown>>;

/**
 * What clients may see of a state machine: its states, what follows what, what is tried again and for how long. What a
 * state calls, with what, and what it makes of the answer is ours. A member that is not named here stays inside.
 */
const MACHINE = names('Comment StartAt TimeoutSeconds States');
const STATE = names(
	'Type Comment Next End Default Error TimeoutSeconds HeartbeatSeconds Seconds MaxConcurrency',
	'Choices Retry Catch Branches ItemProcessor',
);
const RULE = names(
	'Comment Condition Next ErrorEquals IntervalSeconds MaxAttempts MaxDelaySeconds BackoffRate JitterStrategy',
);

/** An expression's result, a substitution's value and an ARN are no constants that a client could read. */
const INTERNAL = /\$\{|\barn:/;
const EXPRESSION = /^\{%/;

/** The public form of a definition. Throws where the machine says nothing of how long it may take. */
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

/** Those of the members that are there, as `show` gives them; one that it does not show, or that is internal, is left out. */
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
