import { createHash } from 'node:crypto';
import { globSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { build } from 'esbuild';

const PROJECT = resolve(import.meta.dirname, '../..');

/** The inputs of a build step. Patterns are relative to the project. */
export interface Inputs {
	/** Programs that count with every module of the project that they import. */
	readonly programs: readonly string[];
	readonly files: readonly string[];
	readonly values?: readonly string[];
}

/** The lockfile stands for all of `node_modules`. */
const EVERY_STEP = ['package.json', 'package-lock.json'];

/**
 * Returns a hash of the content of all inputs, by which a step is skipped if none has changed.
 * @throws with esbuild's message if a program has a syntax error or imports a missing file.
 */
export async function fingerprintOf({ programs, files, values = [] }: Inputs): Promise<string> {
	const hash = createHash('sha256').update(JSON.stringify(values));
	const inputs = new Set([
		...(await modulesOf(globSync(programs, { cwd: PROJECT }))),
		...globSync([...EVERY_STEP, ...files], { cwd: PROJECT }),
	]);
	for (const file of [...inputs].toSorted())
		hash.update(`\n${file}\n`).update(await readFile(resolve(PROJECT, file)));
	return hash.digest('hex');
}

/** Returns these modules of the project and all that they import. */
async function modulesOf(programs: readonly string[]): Promise<string[]> {
	const { metafile } = await build({
		absWorkingDir: PROJECT,
		entryPoints: [...programs],
		outdir: '.cache',
		bundle: true,
		format: 'esm',
		platform: 'node',
		packages: 'external',
		metafile: true,
		write: false,
		logLevel: 'silent',
	});
	return Object.keys(metafile.inputs);
}
