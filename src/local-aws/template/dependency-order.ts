import { TemplateError } from './template-error.ts';

/** Returns the names, each after its dependencies. @throws with the names of a circular dependency. */
export function dependencyOrder(dependencies: ReadonlyMap<string, readonly string[]>): string[] {
	const ordered = new Set<string>();
	const visit = (name: string, way: readonly string[]): void => {
		if (ordered.has(name)) return;
		if (way.includes(name))
			throw new TemplateError(`cycle: ${[...way.slice(way.indexOf(name)), name].join(' -> ')}`);
		for (const needed of dependencies.get(name) ?? []) visit(needed, [...way, name]);
		ordered.add(name);
	};
	for (const name of dependencies.keys()) visit(name, []);
	return [...ordered];
}
