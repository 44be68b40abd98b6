import { BlockList, isIP } from 'node:net';
import { isJsonObject, type JsonLeaf } from './json.ts';
import { numericTest } from './numeric-filter.ts';
import { invalidPattern } from './pattern-error.ts';
import { requireText, TEXT_FILTERS } from './text-filters.ts';

/** Whether a field's value is one that the pattern wants. */
export type LeafTest = (value: JsonLeaf) => boolean;

/** One entry of a pattern's list: it wants a value, or wants the field to be absent. */
export type Filter = LeafTest | 'absent';

/** Reads one entry: a plain value, or an object of one content filter. */
export function parseFilter(entry: unknown): Filter {
	if (isLeaf(entry)) return (value) => value === entry;
	if (!isJsonObject(entry)) {
		throw invalidPattern('Match value must be String, number, true, false, or null');
	}
	const [name, ...others] = Object.keys(entry);
	if (name === undefined || others.length > 0) {
		throw invalidPattern('Only one key allowed in match expression');
	}
	return contentFilter(name, entry[name]);
}

function contentFilter(name: string, operand: unknown): Filter {
	switch (name) {
		case 'prefix':
		case 'suffix':
		case 'equals-ignore-case':
		case 'wildcard': {
			const test = TEXT_FILTERS[name](operand);
			return (value) => typeof value === 'string' && test(value);
		}
		case 'anything-but':
			return anythingBut(operand);
		case 'numeric': {
			const test = numericTest(operand);
			return (value) => typeof value === 'number' && test(value);
		}
		case 'exists':
			if (typeof operand !== 'boolean')
				throw invalidPattern('exists match pattern must be either true or false.');
			return operand ? () => true : 'absent';
		case 'cidr':
			return cidr(requireText(name, operand));
		default:
			throw invalidPattern(`Unrecognized match type ${name}`);
	}
}

/** The operand is a value, a list of texts or of numbers, or one text filter with one text or several. */
function anythingBut(operand: unknown): LeafTest {
	if (isJsonObject(operand)) return anythingButText(operand);
	const values: unknown[] = Array.isArray(operand) ? operand : [operand];
	const kinds = new Set(values.map((value) => typeof value));
	if (kinds.size !== 1 || !(kinds.has('string') || kinds.has('number'))) {
		throw invalidPattern(
			'Value of anything-but must be a string, a number, or a list of either strings or numbers.',
		);
	}
	return (value) => !values.includes(value);
}

function anythingButText(operand: Readonly<Record<string, unknown>>): LeafTest {
	const [name, ...others] = Object.keys(operand);
	if (name === undefined || others.length > 0 || !isTextFilter(name)) {
		throw invalidPattern(`anything-but takes one of: ${Object.keys(TEXT_FILTERS).join(', ')}`);
	}
	const excluded = operand[name];
	const texts: unknown[] = Array.isArray(excluded) ? excluded : [excluded];
	if (texts.length === 0 || texts.includes('')) {
		throw invalidPattern(`Null ${name} not allowed in anything-but`);
	}
	const tests = texts.map((text) => TEXT_FILTERS[name](requireText(name, text)));
	return (value) => typeof value !== 'string' || !tests.some((test) => test(value));
}

function cidr(range: string): LeafTest {
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

function isTextFilter(name: string): name is keyof typeof TEXT_FILTERS {
	return Object.hasOwn(TEXT_FILTERS, name);
}

function isLeaf(value: unknown): value is JsonLeaf {
	return value === null || ['string', 'number', 'boolean'].includes(typeof value);
}
