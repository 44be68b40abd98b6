import { cp, symlink } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Test } from 'tap';

const PROJECT = resolve(import.meta.dirname, '../..');
const COPIED = ['src', 'openapi', 'package.json', 'serverless.yml', 'tsconfig.json', '.biome.jsonc'];

/** A copy of the project that a test may modify; it shares the project's node_modules. */
export async function copyProject(t: Test): Promise<string> {
	const folder = t.testdir({});
	await Promise.all(COPIED.map((name) => cp(join(PROJECT, name), join(folder, name), { recursive: true })));
	await symlink(join(PROJECT, 'node_modules'), join(folder, 'node_modules'));
	return folder;
}
