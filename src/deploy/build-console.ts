import { existsSync, globSync, statSync } from 'node:fs';
import { resolve } from 'node:path';

const PROJECT = resolve(import.meta.dirname, '../..');

/** The folder of the built console. */
export const CONSOLE_FOLDER = resolve(PROJECT, '.cache/console');

/** Builds the console with Vite, unless the last build is newer than every source file. */
export async function buildConsole(): Promise<void> {
	const page = resolve(CONSOLE_FOLDER, 'index.html');
	if (existsSync(page) && modifiedAtMs(page) > Math.max(...sourceFiles().map(modifiedAtMs))) return;
	const { build } = await import('vite');
	await build({ configFile: resolve(PROJECT, 'src/console/vite.config.ts'), logLevel: 'error' });
}

function sourceFiles(): string[] {
	return globSync(['src/console/**/*', 'src/client/**/*.ts'], { cwd: PROJECT, withFileTypes: true })
		.filter((entry) => entry.isFile())
		.map((entry) => resolve(entry.parentPath, entry.name));
}

function modifiedAtMs(file: string): number {
	return statSync(file).mtimeMs;
}
