import { BlockList, isIP } from 'node:net';
import { AwsError } from '../endpoint/service.ts';
import { isObject, type Json, type JsonLeaf, type JsonObject } from '../json.ts';

/** Tests a field's value. */
export type LeafTest = (value: JsonLeaf) => boolean;

/** One entry of a pattern's list: a test, or the requirement that the field is absent. */
export type Filter = LeafTest | 'absent';

/** Creates the error of EventBridge for an invalid pattern. */
export function invalidPattern(reason: string): AwsError {
	return new AwsError('InvalidEventPatternException', `Event pattern is not valid. Reason: ${reason}`);
}

/**
 * Parses one entry of a pattern's list: a plain value, or an object with one content filter.
 *
 * @throws AwsError `InvalidEventPatternException`
 */
export function parseFilter(entry: Json): Filter {
	if (!isObject(entry)) {
		if (!Array.isArray(entry)) return (value) => value === entry;
		throw invalidPattern('Match value must be String, number, true, false, or null');
	}
	const [name, operand] = requireSingleMember(entry, 'Only one key allowed in match expression');
	return parseContentFilter(name, operand);
}

function requireSingleMember(object: JsonObject, message: string): [name: string, operand: Json] {
	const [member, ...others] = Object.entries(object);
	if (member === undefined || others.length > 0) throw invalidPattern(message);
	return member;
}

function parseContentFilter(name: string, operand: Json): Filter {
	switch (name) {
		case 'prefix':
		case 'suffix':
		case 'equals-ignore-case':
		case 'wildcard': {
			const test = TEXT_FILTERS[name](operand);
			return (value) => typeof value === 'string' && test(value);
		}
		case 'anything-but':
			return parseAnythingBut(operand);
		case 'numeric': {
			const test = parseNumeric(operand);
			return (value) => typeof value === 'number' && test(value);
		}
		case 'exists':
			if (typeof operand !== 'boolean')
				throw invalidPattern('exists match pattern must be either true or false.');
			return operand ? () => true : 'absent';
		case 'cidr':
			return parseCidr(requireText(name, operand));
		default:
			throw invalidPattern(`Unrecognized match type ${name}`);
	}
}

/** The operand is a value, a list of strings or of numbers, or one text filter with one or several strings. */
function parseAnythingBut(operand: Json): LeafTest {
	if (isObject(operand)) return parseAnythingButText(operand);
	const values: readonly Json[] = Array.isArray(operand) ? operand : [operand];
	const types = new Set(values.map((value) => typeof value));
	if (types.size !== 1 || !(types.has('string') || types.has('number'))) {
		throw invalidPattern(
			'Value of anything-but must be a string, a number, or a list of either strings or numbers.',
		);
	}
	return (value) => !values.includes(value);
}

function parseAnythingButText(operand: JsonObject): LeafTest {
	const supported = `anything-but takes one of: ${Object.keys(TEXT_FILTERS).join(', ')}`;
	const [name, excluded] = requireSingleMember(operand, supported);
	if (!isTextFilter(name)) throw invalidPattern(supported);
	const texts = Array.isArray(excluded) ? excluded : [excluded];
	if (texts.length === 0 || texts.includes('')) {
		throw invalidPattern(`Null ${name} not allowed in anything-but`);
	}
	const tests = texts.map((text) => TEXT_FILTERS[name](requireText(name, text)));
	return (value) => typeof value !== 'string' || !tests.some((test) => test(value));
}

function isTextFilter(name: string): name is keyof typeof TEXT_FILTERS {
	return Object.hasOwn(TEXT_FILTERS, name);
}

function parseCidr(range: string): LeafTest {
	const [, address = '', length = ''] = /^([^/]+)\/(\d{1,3})$/.exec(range) ?? [];
	const version = isIP(address);
	if (version === 0 || Number(length) > (version === 4 ? 32 : 128)) {
		throw invalidPattern(`Malformed CIDR: ${range}`);
	}
	const family = version === 4 ? 'ipv4' : 'ipv6';
	const addresses = new BlockList();
	addresses.addSubnet(address, Number(length), family);
	return (value) => typeof value === 'string' && isIP(value) === version && addresses.check(value, family);
}

type TextTest = (text: string) => boolean;

const TEXT_FILTERS = {
	prefix: (operand) => parseAffix('prefix', operand, (start) => (text) => text.startsWith(start)),
	suffix: (operand) => parseAffix('suffix', operand, (end) => (text) => text.endsWith(end)),
	'equals-ignore-case': (operand) => {
		const expected = requireText('equals-ignore-case', operand).toLowerCase();
		return (text) => text.toLowerCase() === expected;
	},
	wildcard: (operand) => parseWildcard(requireText('wildcard', operand)),
} as const satisfies Readonly<Record<string, (operand: Json) => TextTest>>;

function requireText(filter: string, operand: Json): string {
	if (typeof operand === 'string') return operand;
	throw invalidPattern(`${filter} match pattern must be a string`);
}

/** The operand of prefix and suffix is a string, or `{"equals-ignore-case": string}`. */
function parseAffix(filter: string, operand: Json, createTest: (affix: string) => TextTest): TextTest {
	if (!isObject(operand)) return createTest(requireText(filter, operand));
	const supported = `${filter} takes a string or {"equals-ignore-case": string}`;
	const [name, affix] = requireSingleMember(operand, supported);
	if (name !== 'equals-ignore-case') throw invalidPattern(supported);
	const test = createTest(requireText(name, affix).toLowerCase());
	return (text) => test(text.toLowerCase());
}

/** The literals between the asterisks must occur in order, the first at the start and the last at the end. */
function parseWildcard(wildcard: string): TextTest {
	const [first = '', ...others] = parseWildcardLiterals(wildcard);
	const last = others.pop();
	if (last === undefined) return (text) => text === first;
	return (text) => {
		if (!text.startsWith(first)) return false;
		let end = first.length;
		for (const literal of others) {
			const start = text.indexOf(literal, end);
			if (start < 0) return false;
			end = start + literal.length;
		}
		return text.endsWith(last) && end + last.length <= text.length;
	};
}

/** `*` separates the literals; `\*` and `\\` stand for an asterisk and a backslash. */
function parseWildcardLiterals(wildcard: string): string[] {
	let literal = '';
	const finished: string[] = [];
	for (const token of wildcard.match(/\\[^]?|\*+|[^\\*]+/g) ?? []) {
		if (token === '*') {
			finished.push(literal);
			literal = '';
		} else if (token.startsWith('*')) {
			throw invalidPattern(`Consecutive wildcard characters in "${wildcard}"`);
		} else if (!token.startsWith('\\')) {
			literal += token;
		} else if (token === '\\*' || token === '\\\\') {
			literal += token.slice(1);
		} else {
			throw invalidPattern(`Invalid escape character in wildcard "${wildcard}"`);
		}
	}
	return [...finished, literal];
}

/** EventBridge compares numbers between -5e9 and 5e9 only. */
const MAX_NUMBER = 5e9;

type Comparisons = Readonly<Record<string, (bound: number) => (value: number) => boolean>>;

const LOWER_BOUNDS: Comparisons = {
	'>': (bound) => (value) => value > bound,
	'>=': (bound) => (value) => value >= bound,
};
const UPPER_BOUNDS: Comparisons = {
	'<': (bound) => (value) => value < bound,
	'<=': (bound) => (value) => value <= bound,
};
const COMPARISONS: Comparisons = {
	...LOWER_BOUNDS,
	...UPPER_BOUNDS,
	'=': (bound: number) => (value: number) => value === bound,
};

/** The operand is `[operator, number]`, or a range: a lower bound followed by an upper bound. */
function parseNumeric(operand: Json): (value: number) => boolean {
	if (!Array.isArray(operand)) throw invalidPattern('Value of numeric must be an array');
	const [operator, bound, upperOperator, upperBound, ...others] = operand;
	const first = parseComparison(COMPARISONS, operator, bound);
	if (upperOperator === undefined) return (value) => isComparable(value) && first(value);
	const isLowerBound = typeof operator === 'string' && Object.hasOwn(LOWER_BOUNDS, operator);
	if (others.length > 0 || !isLowerBound) {
		throw invalidPattern('Too many terms in numeric range expression');
	}
	const second = parseComparison(UPPER_BOUNDS, upperOperator, upperBound);
	if (Number(bound) >= Number(upperBound)) throw invalidPattern('Bottom must be less than top');
	return (value) => isComparable(value) && first(value) && second(value);
}

function parseComparison(known: Comparisons, operator: Json | undefined, bound: Json | undefined) {
	const name = typeof operator === 'string' && Object.hasOwn(known, operator) ? operator : '';
	const compare = known[name];
	if (compare === undefined) {
		throw invalidPattern(`Unrecognized numeric range operator: ${JSON.stringify(operator)}`);
	}
	if (typeof bound !== 'number') throw invalidPattern(`Value of ${name} must be numeric`);
	if (!isComparable(bound)) throw invalidPattern(`Value of ${name} must be between -5.0e9 and +5.0e9`);
	return compare(bound);
}

function isComparable(value: number): boolean {
	return Math.abs(value) <= MAX_NUMBER;
}
