import { isJsonObject } from './json.ts';
import { invalidPattern } from './pattern-error.ts';

/** What a filter says of a text. */
export type TextTest = (text: string) => boolean;

/** The filters of texts, by name, each made of its operand. */
export const TEXT_FILTERS = {
	prefix: (operand) => inEitherCase('prefix', operand, (start) => (text) => text.startsWith(start)),
	suffix: (operand) => inEitherCase('suffix', operand, (end) => (text) => text.endsWith(end)),
	'equals-ignore-case': (operand) => {
		const expected = requireText('equals-ignore-case', operand).toLowerCase();
		return (text) => text.toLowerCase() === expected;
	},
	wildcard: (operand) => wildcardTest(requireText('wildcard', operand)),
} as const satisfies Readonly<Record<string, (operand: unknown) => TextTest>>;

/** The operand as a text; refuses the pattern where it is something else. */
export function requireText(filter: string, operand: unknown): string {
	if (typeof operand === 'string') return operand;
	throw invalidPattern(`${filter} match pattern must be a string`);
}

/** The operand of prefix and suffix is a text, or `{"equals-ignore-case": text}`. */
function inEitherCase(filter: string, operand: unknown, test: (part: string) => TextTest): TextTest {
	if (!isJsonObject(operand)) return test(requireText(filter, operand));
	const [name, ...others] = Object.keys(operand);
	if (name !== 'equals-ignore-case' || others.length > 0) {
		throw invalidPattern(`${filter} takes a string or {"equals-ignore-case": string}`);
	}
	const ignoringCase = test(requireText(name, operand[name]).toLowerCase());
	return (text) => ignoringCase(text.toLowerCase());
}

/** The parts between the stars must come in order, the first at the start and the last at the end. */
function wildcardTest(wildcard: string): TextTest {
	const [first = '', ...others] = literalParts(wildcard);
	const last = others.pop();
	if (last === undefined) return (text) => text === first;
	return (text) => {
		if (!text.startsWith(first)) return false;
		let end = first.length;
		for (const part of others) {
			const start = text.indexOf(part, end);
			if (start < 0) return false;
			end = start + part.length;
		}
		return text.endsWith(last) && end + last.length <= text.length;
	};
}

/** `*` divides the parts; `\*` and `\\` are a star and a backslash within one. */
function literalParts(wildcard: string): string[] {
	let part = '';
	const before: string[] = [];
	for (const token of wildcard.match(/\\[^]?|\*+|[^\\*]+/g) ?? []) {
		if (token === '*') {
			before.push(part);
			part = '';
		} else if (token.startsWith('*')) {
			throw invalidPattern(`Consecutive wildcard characters in "${wildcard}"`);
		} else if (!token.startsWith('\\')) {
			part += token;
		} else if (token === '\\*' || token === '\\\\') {
			part += token.slice(1);
		} else {
			throw invalidPattern(`Invalid escape character in wildcard "${wildcard}"`);
		}
	}
	return [...before, part];
}
