import { cp, mkdir, symlink } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import type { Test } from 'tap';

const PROJECT = resolve(import.meta.dirname, '../..');
const COPIED = ['src', 'openapi', 'package.json', 'serverless.yml', 'tsconfig.json', '.biome.jsonc'];

/** Characters that have a meaning in URLs, globs and shells, and that a folder's name may contain. */
export const ODD_NAME = 'my project#1 (50%) ü';

/** A copy of the project that a test may modify, in a folder with an odd name; it shares the project's node_modules. */
export async function copyProject(t: Test): Promise<string> {
	const folder = join(t.testdir({}), ODD_NAME);
	await mkdir(folder);
	const filter = (source: string) => basename(source) !== 'node_modules';
	await Promise.all(
		COPIED.map((name) => cp(join(PROJECT, name), join(folder, name), { recursive: true, filter })),
	);
	for (const packages of ['node_modules', 'src/client/node_modules'])
		await symlink(join(PROJECT, packages), join(folder, packages));
	return folder;
}
