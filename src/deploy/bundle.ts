import { globSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { type BuildOptions, build, context } from 'esbuild';
import { writeCatalog } from './catalog.ts';
import { writeDocuments } from './documents.ts';

const PROJECT = resolve(import.meta.dirname, '../..');

/** Bundles in ESM have no `require`, which CommonJS packages inside them call. */
const REQUIRE =
	"import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);";

/** Each deployed function and its entry: a file of `src/lambda`, or a workflow's `steps.ts`. */
function entryPoints(): Record<string, string> {
	const files = globSync(['src/lambda/*.ts', 'src/workflows/*/steps.ts'], { cwd: PROJECT });
	return Object.fromEntries(
		files.map((file) => {
			const name = basename(file) === 'steps.ts' ? `${basename(dirname(file))}-steps` : basename(file, '.ts');
			return [`${name}/index`, file];
		}),
	);
}

function options(): BuildOptions {
	return {
		absWorkingDir: PROJECT,
		entryPoints: entryPoints(),
		outdir: '.build',
		outExtension: { '.js': '.mjs' },
		bundle: true,
		platform: 'node',
		target: 'node24',
		format: 'esm',
		mainFields: ['module', 'main'],
		banner: { js: REQUIRE },
		legalComments: 'none',
		logLevel: 'warning',
	};
}

/**
 * Makes the catalogue and `.build/<function>/index.mjs`, one bundle for each function.
 * A bundle that is as it was is not written again, so that a stack that runs from it is not disturbed.
 */
export async function bundle(): Promise<void> {
	await writeCatalog();
	const { outputFiles } = await build({ ...options(), write: false });
	for (const { path, contents } of outputFiles) {
		const before = await readFile(path).catch(() => undefined);
		if (before?.equals(contents) === true) continue;
		await mkdir(dirname(path), { recursive: true });
		await writeFile(path, contents);
	}
	await writeDocuments();
	await removeOthers(outputFiles.map(({ path }) => dirname(path)));
}

/** Removes the bundles of functions that are no more. */
async function removeOthers(folders: readonly string[]): Promise<void> {
	for (const name of await readdir(resolve(PROJECT, '.build'))) {
		const folder = resolve(PROJECT, '.build', name);
		if (!folders.includes(folder)) await rm(folder, { recursive: true });
	}
}

/** Bundles again at each change of a source file; `onBundle` is called after each but the first. */
export async function watchBundles(onBundle: () => void): Promise<{ close(): Promise<void> }> {
	let first = true;
	const watcher = await context({
		...options(),
		plugins: [
			{
				name: 'on-bundle',
				setup: (builder) => {
					builder.onEnd(({ errors }) => {
						if (!first && errors.length === 0) onBundle();
						first = false;
					});
				},
			},
		],
	});
	await watcher.watch();
	return { close: () => watcher.dispose() };
}

if (import.meta.main) await bundle();
