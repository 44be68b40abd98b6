import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { declaredErrors } from '../workflows/catalog.ts';
import { readDefinitions } from './load-workflows.ts';
import { packageDefinition } from './packaged-definition.ts';
import { publicDefinition } from './public-definition.ts';

const PROJECT = resolve(import.meta.dirname, '../..');

/** The folder from which `api` reads documents on request. */
const FOLDER = resolve(PROJECT, '.build/api/documents');

/** Writes the documents beside the bundle of `api`. */
export async function writeDocuments(): Promise<void> {
	const documents = {
		'openapi.json': await compactJson('openapi/openapi.json'),
		'docs.html': await readFile(resolve(PROJECT, 'openapi/docs.html'), 'utf8'),
		'definitions.json': definitionsText(),
	};
	await mkdir(FOLDER, { recursive: true });
	for (const [name, text] of Object.entries(documents)) await writeIfChanged(resolve(FOLDER, name), text);
}

/** An unchanged file is not written again, because a running stack may be reading it. */
async function writeIfChanged(file: string, text: string): Promise<void> {
	if ((await readFile(file, 'utf8').catch(() => undefined)) !== text) await writeFile(file, text);
}

/** The public definitions of all workflows as JSON, by task type. */
export function definitionsText(): string {
	const definitions = readDefinitions().map(({ name, definition }) => [
		name,
		publicDefinition(name, packageDefinition(definition, declaredErrors(name))),
	]);
	return JSON.stringify(Object.fromEntries(definitions));
}

async function compactJson(file: string): Promise<string> {
	return JSON.stringify(JSON.parse(await readFile(resolve(PROJECT, file), 'utf8')));
}
