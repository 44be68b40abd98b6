import { isObject, type Json, type JsonLeaf, type JsonObject, parseJsonText } from '../json.ts';
import { type Filter, invalidPattern, type LeafTest, parseFilter } from './pattern-filters.ts';

/** Tests whether an event matches a pattern. */
export type EventTest = (event: Json) => boolean;

/** The requirement for one path of an event. */
interface Condition {
	readonly path: string;
	readonly test: LeafTest;
	readonly acceptsAbsence: boolean;
}

/** Quota of EventBridge for the combinations that `$or` produces. */
const MAX_ALTERNATIVES = 1000;

/**
 * Parses the JSON text of a pattern.
 *
 * @throws AwsError `InvalidEventPatternException`
 */
export function parsePatternText(text: string): EventTest {
	const pattern = parseJsonText(text);
	if (pattern === undefined) throw invalidPattern('Filter is not valid JSON');
	return parsePattern(pattern);
}

/**
 * Parses a pattern.
 *
 * @throws AwsError `InvalidEventPatternException`
 */
export function parsePattern(pattern: Json): EventTest {
	if (!isObject(pattern)) throw invalidPattern('Filter is not an object');
	// EventBridge visits the paths in this order, which decides what counts as absent in the elements of an array.
	const alternatives = parseObject(pattern, '').map((conditions) =>
		conditions.toSorted((a, b) => (a.path < b.path ? -1 : 1)),
	);
	return (event) => {
		const fields = readFields(event);
		return alternatives.some((conditions) => meetsConditions(conditions, fields, new Map()));
	};
}

/** Returns the alternatives of a pattern, of which an event must meet one. `$or` creates more than one. */
function parseObject(pattern: JsonObject, prefix: string): Condition[][] {
	const members = Object.entries(pattern);
	if (members.length === 0) throw invalidPattern('Empty objects are not allowed');
	return members.reduce<Condition[][]>(
		(alternatives, [name, value]) => {
			const options = name === '$or' ? parseOr(value, prefix) : parseMember(value, prefix, name);
			if (alternatives.length * options.length > MAX_ALTERNATIVES) {
				throw invalidPattern(`$or multiplies out to more than ${MAX_ALTERNATIVES} alternatives`);
			}
			return alternatives.flatMap((before) => options.map((option) => [...before, ...option]));
		},
		[[]],
	);
}

function parseOr(value: Json, prefix: string): Condition[][] {
	if (!Array.isArray(value) || value.length < 2 || !value.every(isObject)) {
		throw invalidPattern('$or must be an array of at least 2 objects');
	}
	return value.flatMap((option) => parseObject(option, prefix));
}

function parseMember(value: Json, prefix: string, name: string): Condition[][] {
	const path = prefix + name;
	if (isObject(value)) return parseObject(value, `${path}.`);
	if (!Array.isArray(value)) throw invalidPattern(`"${path}" must be an object or an array`);
	if (value.length === 0) throw invalidPattern(`"${path}" is empty: empty arrays are not allowed`);
	const filters: Filter[] = value.map(parseFilter);
	const tests = filters.filter((filter) => filter !== 'absent');
	const test: LeafTest = (leaf) => tests.some((accepts) => accepts(leaf));
	return [[{ path, test, acceptsAbsence: tests.length < filters.length }]];
}

/**
 * Whether the fields of an event meet all conditions together: fields from one array must come from the same element.
 *
 * @param positions the elements that the previous conditions have chosen
 */
function meetsConditions(
	[condition, ...others]: readonly Condition[],
	fields: ReadonlyMap<string, readonly EventField[]>,
	positions: Positions,
): boolean {
	if (condition === undefined) return true;
	const candidates = (fields.get(condition.path) ?? []).filter((field) =>
		areCompatible(field.positions, positions),
	);
	if (candidates.length === 0) return condition.acceptsAbsence && meetsConditions(others, fields, positions);
	return candidates.some(
		(field) =>
			condition.test(field.value) &&
			meetsConditions(others, fields, new Map([...positions, ...field.positions])),
	);
}

/** The element index of a field in each array on its path. */
type Positions = ReadonlyMap<string, number>;

/** A leaf of an event. All elements of an array have the array's path. */
interface EventField {
	/** Member names joined by dots, as EventBridge compares them. */
	readonly path: string;
	readonly value: JsonLeaf;
	readonly positions: Positions;
}

/** Returns the leaves of an event by path. Empty objects and arrays have no leaves, so EventBridge treats them as absent. */
function readFields(event: Json): ReadonlyMap<string, readonly EventField[]> {
	return Map.groupBy(readLeaves(event, '', '', new Map()), ({ path }) => path);
}

function areCompatible(positions: Positions, others: Positions): boolean {
	for (const [array, index] of positions) {
		if ((others.get(array) ?? index) !== index) return false;
	}
	return true;
}

/** `array` is `path` with `[]` for each array on it, which distinguishes arrays nested in arrays. */
function* readLeaves(value: Json, path: string, array: string, positions: Positions): Generator<EventField> {
	if (Array.isArray(value)) {
		for (const [index, element] of value.entries()) {
			yield* readLeaves(element, path, `${array}[]`, new Map([...positions, [array, index]]));
		}
	} else if (isObject(value)) {
		for (const [name, member] of Object.entries(value)) {
			const memberPath = path === '' ? name : `${path}.${name}`;
			yield* readLeaves(member, memberPath, `${array}.${name}`, positions);
		}
	} else {
		yield { path, value, positions };
	}
}
