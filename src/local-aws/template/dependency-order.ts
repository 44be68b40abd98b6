import { TemplateError } from './template-error.ts';

/** The names, each after all it depends on. Throws where they go round in a circle, and names it. */
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
