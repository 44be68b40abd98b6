import { type Filter, type LeafTest, parseFilter } from './content-filter.ts';
import { agree, type EventField, eventFields, type Places } from './event-fields.ts';
import { isJsonObject, type Json } from './json.ts';
import { invalidPattern } from './pattern-error.ts';

/** Whether an event is one that the pattern asks for. */
export type EventTest = (event: Json) => boolean;

/** What one path of an event must hold, or, where `takesAbsence`, may lack. */
interface Condition {
	readonly path: string;
	readonly test: LeafTest;
	readonly takesAbsence: boolean;
}

/** AWS's own limit on what `$or` multiplies out to. */
const MOST_ALTERNATIVES = 1000;

/** Whether the pattern matches; throws InvalidEventPatternException, as AWS does, where it is not one. */
export function matchesPattern(pattern: unknown, event: Json): boolean {
	return parsePattern(pattern)(event);
}

/** Reads a pattern once, to be asked of many events; throws InvalidEventPatternException. */
export function parsePattern(pattern: unknown): EventTest {
	if (!isJsonObject(pattern)) throw invalidPattern('Filter is not an object');
	// EventBridge goes through the paths in this order, which decides what counts as absent from an array's element.
	const alternatives = parseObject(pattern, '').map((conditions) =>
		conditions.toSorted((a, b) => (a.path < b.path ? -1 : 1)),
	);
	return (event) => {
		const fields = eventFields(event);
		return alternatives.some((conditions) => hold(conditions, fields, new Map()));
	};
}

/** The alternatives of which an event must meet one: more than one only where there is an `$or`. */
function parseObject(pattern: Readonly<Record<string, unknown>>, prefix: string): Condition[][] {
	const members = Object.entries(pattern);
	if (members.length === 0) throw invalidPattern('Empty objects are not allowed');
	return members.reduce<Condition[][]>(
		(alternatives, [name, value]) => {
			const options = name === '$or' ? parseOr(value, prefix) : parseMember(value, prefix, name);
			if (alternatives.length * options.length > MOST_ALTERNATIVES) {
				throw invalidPattern(`$or multiplies out to more than ${MOST_ALTERNATIVES} alternatives`);
			}
			return alternatives.flatMap((before) => options.map((option) => [...before, ...option]));
		},
		[[]],
	);
}

function parseOr(value: unknown, prefix: string): Condition[][] {
	if (!Array.isArray(value) || value.length < 2 || !value.every(isJsonObject)) {
		throw invalidPattern('$or must be an array of at least 2 objects');
	}
	return value.flatMap((option) => parseObject(option, prefix));
}

function parseMember(value: unknown, prefix: string, name: string): Condition[][] {
	const path = prefix + name;
	if (isJsonObject(value)) return parseObject(value, `${path}.`);
	if (!Array.isArray(value)) throw invalidPattern(`"${path}" must be an object or an array`);
	if (value.length === 0) throw invalidPattern(`"${path}" is empty: empty arrays are not allowed`);
	const filters: Filter[] = value.map(parseFilter);
	const tests = filters.filter((filter) => filter !== 'absent');
	return [
		[{ path, test: (leaf) => tests.some((test) => test(leaf)), takesAbsence: tests.length < filters.length }],
	];
}

/**
 * Whether fields of the event meet all the conditions together: those out of one array must come from the same element
 * of it. `places` says which elements the conditions before have settled on.
 */
function hold(
	[condition, ...others]: readonly Condition[],
	fields: ReadonlyMap<string, readonly EventField[]>,
	places: Places,
): boolean {
	if (condition === undefined) return true;
	const candidates = (fields.get(condition.path) ?? []).filter((field) => agree(field.places, places));
	if (candidates.length === 0) return condition.takesAbsence && hold(others, fields, places);
	return candidates.some(
		(field) => condition.test(field.value) && hold(others, fields, new Map([...places, ...field.places])),
	);
}
