import type { Json, JsonLeaf } from './json.ts';

/** Which element a field is in, of each array on the way to it; by where the array is. */
export type Places = ReadonlyMap<string, number>;

/** One leaf of an event. The elements of an array all have the array's path. */
export interface EventField {
	/** The members' names, joined by dots, as EventBridge compares them. */
	readonly path: string;
	readonly value: JsonLeaf;
	readonly places: Places;
}

/** The leaves of an event by path. Empty objects and arrays leave none, so that EventBridge takes them for absent. */
export function eventFields(event: Json): ReadonlyMap<string, readonly EventField[]> {
	return Map.groupBy(leaves(event, '', '', new Map()), ({ path }) => path);
}

/** Whether two fields can be looked at together: in no array do they lie in different elements. */
export function agree(places: Places, others: Places): boolean {
	for (const [array, index] of places) {
		if ((others.get(array) ?? index) !== index) return false;
	}
	return true;
}

/** `array` is `path` with a mark for every array on the way, so that arrays straight within arrays are told apart. */
function* leaves(value: Json, path: string, array: string, places: Places): Generator<EventField> {
	if (isArray(value)) {
		for (const [index, element] of value.entries()) {
			yield* leaves(element, path, `${array}[]`, new Map([...places, [array, index]]));
		}
	} else if (typeof value === 'object' && value !== null) {
		for (const [name, member] of Object.entries(value)) {
			const memberPath = path === '' ? name : `${path}.${name}`;
			yield* leaves(member, memberPath, `${array}.${name}`, places);
		}
	} else {
		yield { path, value, places };
	}
}

/** As Array.isArray, which does not know read-only arrays. */
function isArray(value: Json): value is readonly Json[] {
	return Array.isArray(value);
}
