import type { Json } from './json.ts';

/** Finds what a path names in an event; undefined where there is nothing. */
export type JsonPath = (event: Json) => Json | undefined;

/** Reads the paths that EventBridge takes: `$.detail.items[0].name`, `$.detail['a b']`, `[*]` and `.*`; undefined for others. */
export function parseJsonPath(path: string): JsonPath | undefined {
	const [, tail] = /^\$((?:\.[^.[\]]+|\[(?:\d+|\*)\]|\['[^']+'\])*)$/.exec(path) ?? [];
	if (tail === undefined) return undefined;
	const steps = [...tail.matchAll(/\.([^.[\]]+)|\[(\d+|\*)\]|\['([^']+)'\]/g)].map(
		([, name, index, quoted]) => name ?? index ?? quoted ?? '',
	);
	const hasWildcard = steps.includes('*');
	return (event) => {
		const found = steps.reduce<readonly Json[]>(
			(values, step) => values.flatMap((value) => membersOf(value, step)),
			[event],
		);
		return hasWildcard ? found : found[0];
	};
}

function membersOf(value: Json, step: string): readonly Json[] {
	if (typeof value !== 'object' || value === null) return [];
	const members = new Map<string, Json>(Object.entries(value));
	if (step === '*') return [...members.values()];
	const member = members.get(step);
	return member === undefined ? [] : [member];
}
