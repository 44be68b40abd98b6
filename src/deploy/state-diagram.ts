import * as Type from 'typebox';
import { parseValue } from '../parse.ts';

const Next = Type.Optional(Type.String());

/** The members of a state that the diagram shows. */
const State = Type.Object({
	Type: Type.String(),
	Next,
	Default: Next,
	Choices: Type.Optional(Type.Array(Type.Object({ Next }))),
	Catch: Type.Optional(
		Type.Array(Type.Object({ ErrorEquals: Type.Array(Type.String()), Next: Type.String() })),
	),
	Branches: Type.Optional(Type.Array(Type.Unknown())),
	ItemProcessor: Type.Optional(Type.Unknown()),
});

type State = Type.Static<typeof State>;

const Machine = Type.Object({ StartAt: Type.String(), States: Type.Record(Type.String(), State) });

/** Returns a definition as a Mermaid state diagram: transitions, nested states and error paths. */
export function stateDiagram(definition: unknown): string {
	return ['stateDiagram-v2', ...machineLines(definition, '    ')].join('\n');
}

function machineLines(definition: unknown, indent: string): string[] {
	const { StartAt, States } = parseValue(Machine, definition, 'definition');
	const states = Object.entries(States).flatMap(([name, state]) => [
		...insideLines(name, state, indent),
		...transitionLines(name, state).map((line) => `${indent}${line}`),
	]);
	return [`${indent}[*] --> ${StartAt}`, ...states];
}

/** Branches are drawn side by side in their state; the items of a Map are drawn once. */
function insideLines(name: string, { Branches, ItemProcessor }: State, indent: string): string[] {
	const parts = Branches ?? (ItemProcessor === undefined ? [] : [ItemProcessor]);
	if (parts.length === 0) return [];
	const inner = parts.map((part) => machineLines(part, `${indent}    `).join('\n'));
	return [`${indent}state ${name} {`, inner.join(`\n${indent}    --\n`), `${indent}}`];
}

function transitionLines(name: string, state: State): string[] {
	const { Type: type, Choices = [], Default, Catch = [] } = state;
	const ways = [state.Next, ...Choices.map((choice) => choice.Next), Default].filter(
		(next) => next !== undefined,
	);
	const isEnd = ways.length === 0;
	return [
		...new Set([
			...ways.map((next) => `${name} --> ${next}`),
			...(isEnd ? [`${name} --> [*]${type === 'Fail' ? ': FAILED' : ''}`] : []),
			...Catch.map(({ ErrorEquals, Next: next }) => `${name} --> ${next}: ${ErrorEquals.join(', ')}`),
		]),
	];
}
