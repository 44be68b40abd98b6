import { existsSync, globSync, watch } from 'node:fs';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { type BuildOptions, build, type OutputFile } from 'esbuild';
import { writeCatalog } from './catalog.ts';
import { writeDocuments } from './documents.ts';
import { codeCacheOf, WRAPPER } from './loader/load-function.ts';
import { compiledValidators } from './start-fast/compiled-validators.ts';
import { electrodbCommands } from './start-fast/electrodb-commands.ts';
import { createLazyModules } from './start-fast/lazy-modules.ts';
import { makeCodeCaches } from './start-fast/make-code-caches.ts';
import { sdkSchemas } from './start-fast/sdk-schemas.ts';
import { standIns } from './start-fast/stand-ins.ts';
import { typeboxParts } from './start-fast/typebox-parts.ts';

const PROJECT = resolve(import.meta.dirname, '../..');

/** Each deployed function and its entry: a file of `src/lambda`, or a workflow's `steps.ts`. */
function entryPoints(): Record<string, string> {
	const files = globSync(['src/lambda/*.ts', 'src/workflows/*/steps.ts'], { cwd: PROJECT });
	return Object.fromEntries(
		files.map((file) => {
			const name = basename(file) === 'steps.ts' ? `${basename(dirname(file))}-steps` : basename(file, '.ts');
			return [`${name}/function`, file];
		}),
	);
}

/** The stand-ins of the partners compile their schemas when they start: they are in no stage that is in a hurry. */
const COMPILES_AT_START = 'partner-apis/function';

const OUT = '.build';

/** How each function is bundled. */
export function bundleOptions(): BuildOptions {
	return {
		absWorkingDir: PROJECT,
		outdir: OUT,
		outExtension: { '.js': '.cjs' },
		bundle: true,
		platform: 'node',
		target: 'node24',
		// V8 keeps a code cache of scripts, not of modules.
		format: 'cjs',
		// In a script `import()` is experimental.
		supported: { 'dynamic-import': false },
		mainFields: ['module', 'main'],
		legalComments: 'none',
		minify: true,
		logLevel: 'warning',
	};
}

/**
 * Makes the catalogue and `.build/<function>/`, one bundle for each function with its loader and its code cache.
 * Quick: without what takes its time so that a function starts fast.
 * A bundle that is as it was is not written again, so that a stack that runs from it is not disturbed.
 */
export async function bundle({ isQuick = false } = {}): Promise<void> {
	await writeCatalog();
	const [loader, outputFiles] = await Promise.all([bundleLoader(), bundleFunctions(isQuick)]);
	await writeDocuments();
	await removeOthers(outputFiles.map(({ path }) => path));
	const uncached: Record<string, string> = {};
	for (const { path, contents } of outputFiles) {
		await writeIfOther(resolve(dirname(path), 'index.mjs'), loader);
		// V8 knows a stale cache by the length of the source alone: it must be gone before the source changes.
		if (await isOther(path, contents)) await rm(codeCacheOf(path), { force: true });
		await writeIfOther(path, contents);
		if (isEntry(path) && !existsSync(codeCacheOf(path))) uncached[basename(dirname(path))] = path;
	}
	if (!isQuick) await makeCodeCaches(uncached);
}

/** The functions, and beside each what it imports only when it is needed. */
async function bundleFunctions(isQuick: boolean): Promise<OutputFile[]> {
	const { [COMPILES_AT_START]: slow, ...fast } = entryPoints();
	const lazyModules = createLazyModules();
	const smaller = isQuick ? [] : [standIns, electrodbCommands, sdkSchemas, typeboxParts];
	const plugins = isQuick ? [] : [compiledValidators, lazyModules.plugin, ...smaller];
	const options = { ...bundleOptions(), write: false, metafile: true } as const;
	const { banner, footer } = WRAPPER;
	const wrapped = { ...options, banner: { js: banner }, footer: { js: footer } } as const;
	const builds = await Promise.all([
		build({ ...wrapped, entryPoints: fast, plugins }),
		...(slow === undefined ? [] : [build({ ...wrapped, entryPoints: { [COMPILES_AT_START]: slow } })]),
	]);
	const later = builds.map(({ metafile }) => lazyModules.entryPointsFor(metafile, OUT));
	builds.push(await build({ ...options, entryPoints: Object.assign({}, ...later), plugins: smaller }));
	return builds.flatMap(({ outputFiles }) => outputFiles);
}

const isEntry = (path: string) => basename(path) === 'function.cjs';

/** The file that Lambda loads: ESM, so that it can wait for the function to be ready. */
async function bundleLoader(): Promise<Uint8Array> {
	const { outputFiles } = await build({
		...bundleOptions(),
		entryPoints: ['src/deploy/loader/index.ts'],
		format: 'esm',
		write: false,
	});
	const [loader] = outputFiles;
	if (loader === undefined) throw new Error('esbuild made no loader.');
	return loader.contents;
}

async function isOther(path: string, contents: Uint8Array): Promise<boolean> {
	const before = await readFile(path).catch(() => undefined);
	return before?.equals(contents) !== true;
}

async function writeIfOther(path: string, contents: Uint8Array): Promise<void> {
	if (!(await isOther(path, contents))) return;
	await mkdir(dirname(path), { recursive: true });
	await writeFile(path, contents);
}

/** Removes the bundles of functions that are no more, and what those that are no longer ask for. */
async function removeOthers(files: readonly string[]): Promise<void> {
	const folders = new Set(files.map((file) => dirname(file)));
	for (const name of await readdir(resolve(PROJECT, OUT))) {
		const folder = resolve(PROJECT, OUT, name);
		if (!folders.has(folder)) await rm(folder, { recursive: true });
	}
	for (const file of globSync(`${OUT}/*/*.cjs`, { cwd: PROJECT }).map((path) => resolve(PROJECT, path)))
		if (!files.includes(file)) await rm(file);
}

/** One save of an editor is several events. */
const SETTLE_MS = 30;

/** Bundles again after each change of a source file and calls `onBundle`; a change that does not build is told and waited out. */
export function watchBundles(onBundle: () => void): { close(): void } {
	let last = Promise.resolve();
	let timer: NodeJS.Timeout | undefined;
	const rebuild = () => {
		last = last
			.then(() => bundle({ isQuick: true }))
			.then(onBundle, (error: unknown) => {
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
