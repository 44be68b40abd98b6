import { readFile, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { WORKFLOWS_FOLDER } from './catalog.ts';
import { readDefinitions } from './load-workflows.ts';
import { stateDiagram } from './state-diagram.ts';

/** The place of the diagram in a workflow's README. */
const PICTURE = /<!-- states -->\n(?:[^]*?<!-- \/states -->\n)?/;

/**
 * Returns each workflow's README with a diagram of its current definition.
 * @throws if a README has no line for it.
 */
export async function readmesWithPictures(): Promise<{ file: string; text: string; current: string }[]> {
	return Promise.all(
		readDefinitions().map(async ({ name, definition }) => {
			const file = resolve(WORKFLOWS_FOLDER, name, 'README.md');
			const current = await readFile(file, 'utf8');
			if (!PICTURE.test(current)) throw new Error(`${file} has no line <!-- states --> for its diagram.`);
			const picture = `<!-- states -->\n\n\`\`\`mermaid\n${stateDiagram(definition)}\n\`\`\`\n\n<!-- /states -->\n`;
			return { file, current, text: current.replace(PICTURE, () => picture) };
		}),
	);
}

/** Writes the diagrams into the READMEs of the workflows. */
export async function writePictures(): Promise<void> {
	for (const { file, text } of await readmesWithPictures()) await writeFile(file, text);
}
