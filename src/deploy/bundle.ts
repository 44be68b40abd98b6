import { globSync, watch } from 'node:fs';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { type BuildOptions, build } from 'esbuild';
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

/** How each function is bundled. */
export function bundleOptions(): BuildOptions {
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
	const { outputFiles } = await build({ ...bundleOptions(), write: false });
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

/** One save of an editor is several events. */
const SETTLE_MS = 30;

/** Bundles again after each change of a source file and calls `onBundle`; a change that does not build is told and waited out. */
export function watchBundles(onBundle: () => void): { close(): void } {
	let last = Promise.resolve();
	let timer: NodeJS.Timeout | undefined;
	const rebuild = () => {
		last = last.then(bundle).then(onBundle, (error: unknown) => {
			console.error(`The change does not build; what ran before goes on. ${String(error)}`);
		});
	};
	const watcher = watch(resolve(PROJECT, 'src'), { recursive: true }, () => {
		clearTimeout(timer);
		timer = setTimeout(rebuild, SETTLE_MS);
	});
	return {
		close() {
			clearTimeout(timer);
			watcher.close();
		},
	};
}

if (import.meta.main) await bundle();
