import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { declaredErrors } from '../workflows/catalog.ts';
import { buildConsole, CONSOLE_FOLDER } from './build-console.ts';
import { readDefinitions } from './load-workflows.ts';
import { packageDefinition } from './packaged-definition.ts';
import { publicDefinition } from './public-definition.ts';

const PROJECT = resolve(import.meta.dirname, '../..');

/** The folder of a function's files that are read on their first request. */
const folderOf = (name: string) => resolve(PROJECT, '.build', name, 'documents');

/** Writes the documents of `api`, the API reference of `docs` and the files of `console` beside their bundles. */
export async function writeDocuments(): Promise<void> {
	await writeFiles(folderOf('api'), {
		'openapi.json': await compactJson('openapi/openapi.json'),
		'definitions.json': definitionsText(),
	});
	await writeReferencePage();
	await writeConsole();
}

/** Copies the console beside the bundle of the function that serves it. */
async function writeConsole(): Promise<void> {
	await buildConsole();
	await cp(CONSOLE_FOLDER, resolve(PROJECT, '.build/console/console'), { recursive: true });
}

/** Renders the API reference again only after an update of Scalar or a change of the page, since it takes two seconds. */
async function writeReferencePage(): Promise<void> {
	const folder = folderOf('docs');
	const inputs = (
		await Promise.all([
			readFile(resolve(PROJECT, 'node_modules/@scalar/fastify-api-reference/package.json'), 'utf8'),
			readFile(resolve(PROJECT, 'src/http/documents/reference-page.ts'), 'utf8'),
		])
	).join('\n');
	if ((await readFile(resolve(folder, 'inputs.txt'), 'utf8').catch(() => '')) === inputs) return;
	const { renderReferencePage } = await import('../http/documents/reference-page.ts');
	const { page, script } = await renderReferencePage();
	await writeFiles(folder, {
		'docs.html': page,
		'scalar.js.gz': await promisify(gzip)(script, { level: 9 }),
		'inputs.txt': inputs,
	});
}

async function writeFiles(folder: string, files: Readonly<Record<string, string | Buffer>>): Promise<void> {
	await mkdir(folder, { recursive: true });
	for (const [name, content] of Object.entries(files)) await writeIfChanged(resolve(folder, name), content);
}

/** Leaves an unchanged file alone, so that a running stack never reads half of it. */
async function writeIfChanged(file: string, content: string | Buffer): Promise<void> {
	const before = await readFile(file).catch(() => undefined);
	if (before?.equals(Buffer.from(content)) !== true) await writeFile(file, content);
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
