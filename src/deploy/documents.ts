import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';

const PROJECT = resolve(import.meta.dirname, '../..');

/** Where the bundle of `api` finds what it reads only when asked for it. */
const FOLDER = resolve(PROJECT, '.build/api/documents');

/** Puts the documents beside the bundle of `api`. */
export async function writeDocuments(): Promise<void> {
	await mkdir(FOLDER, { recursive: true });
	await writeFile(resolve(FOLDER, 'openapi.json'), await compactJson('openapi/openapi.json'));
}

async function compactJson(file: string): Promise<string> {
	return JSON.stringify(JSON.parse(await readFile(resolve(PROJECT, file), 'utf8')));
}
