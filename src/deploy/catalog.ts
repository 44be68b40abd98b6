import { readdirSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';

/** Where the workflows are. */
export const WORKFLOWS_FOLDER = resolve(import.meta.dirname, '../workflows');

/** The workflows: each is a folder, and its name is the task type. */
export function workflowNames(): string[] {
	return readdirSync(WORKFLOWS_FOLDER, { withFileTypes: true })
		.filter((entry) => entry.isDirectory())
		.map(({ name }) => name)
		.toSorted();
}

/** The text of `src/workflows/catalog.ts` for these workflows. */
export function catalogText(names: readonly string[]): string {
	const imports = names.map(
		(name) => `import { workflow as ${identifier(name)} } from './${name}/workflow.ts';`,
	);
	const members = names.map((name) => (identifier(name) === name ? name : `'${name}': ${identifier(name)}`));
	return [
		'// Made by `npm run bundle` from the folders beside it: to add a workflow, add its folder.',
		"import type { Workflow } from './define-workflow.ts';",
		...imports,
		'',
		'/** Every workflow by its task type. */',
		'export const WORKFLOWS: Readonly<Record<string, Workflow>> = {',
		...members.map((member) => `\t${member},`),
		'};',
		'',
	].join('\n');
}

/** Writes the catalogue where it is not what the folders say, so that an unchanged one wakes no watcher. */
export async function writeCatalog(): Promise<void> {
	const file = resolve(WORKFLOWS_FOLDER, 'catalog.ts');
	const text = catalogText(workflowNames());
	if ((await readFile(file, 'utf8').catch(() => '')) !== text) await writeFile(file, text);
}

/** `process-channels` -> `processChannels`. */
function identifier(name: string): string {
	return name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
}
