import { existsSync, globSync, watch } from 'node:fs';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { type BuildOptions, build, type OutputFile, type Plugin } from 'esbuild';
import { writeCatalog } from './catalog.ts';
import { codeCachePath, WRAPPER } from './code-cache/load-bundle.ts';
import { makeCodeCaches } from './code-cache/make-code-caches.ts';
import { createValidatorsPlugin } from './compiled-validators/validators-plugin.ts';
import { writeDocuments } from './documents.ts';
import { fingerprintOf } from './fingerprint.ts';

const PROJECT = resolve(import.meta.dirname, '../..');
const OUT = '.build';

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

/** How every function is bundled, and the other programs of the cold start benchmark. */
export const BUNDLE_OPTIONS = {
	absWorkingDir: PROJECT,
	outdir: OUT,
	outExtension: { '.js': '.cjs' },
	bundle: true,
	platform: 'node',
	target: 'node24',
	// V8 makes code caches of scripts, not of ES modules.
	format: 'cjs',
	// `import()` is experimental in a script. esbuild turns it into a function that evaluates the module when it is called.
	supported: { 'dynamic-import': false },
	mainFields: ['module', 'main'],
	legalComments: 'none',
	minify: true,
	logLevel: 'warning',
} satisfies BuildOptions;

/** The programs that are bundled or that bundle, and the other files that the result depends on. */
const INPUTS = {
	programs: [
		'src/lambda/*.ts',
		'src/workflows/*/steps.ts',
		'src/deploy/bundle.ts',
		'src/deploy/code-cache/start-function.ts',
		'src/deploy/compiled-validators/compile-validators.ts',
	],
	files: ['tsconfig.json', 'openapi/openapi.json', 'src/workflows/*/definition.asl.json'],
};

const FINGERPRINT_FILE = resolve(PROJECT, '.cache/bundles.sha256');

/**
 * Writes the workflow catalogue and `.build/<function>/`: a bundle, the file that starts it, and its code cache.
 * Writes nothing if no input has changed. A file that has not changed is not written, so that a stack that runs from it
 * is not disturbed.
 */
export async function bundle({ withCodeCaches = true } = {}): Promise<void> {
	await writeCatalog();
	const paths = Object.keys(entryPoints()).map((name) => resolve(PROJECT, OUT, `${name}.cjs`));
	const fingerprint = await fingerprintOf(INPUTS);
	if (
		!paths.every(existsSync) ||
		(await readFile(FINGERPRINT_FILE, 'utf8').catch(() => '')) !== fingerprint
	) {
		await rm(FINGERPRINT_FILE, { force: true });
		await writeBundles();
		await mkdir(dirname(FINGERPRINT_FILE), { recursive: true });
		await writeFile(FINGERPRINT_FILE, fingerprint);
	}
	const uncached = paths.filter((path) => !existsSync(codeCachePath(path)));
	if (withCodeCaches)
		await makeCodeCaches(Object.fromEntries(uncached.map((path) => [basename(dirname(path)), path])));
}

async function writeBundles(): Promise<void> {
	const [starter, bundles] = await Promise.all([
		bundleStarter(),
		bundleFunctions(entryPoints()),
		writeDocuments(),
	]);
	await removeOldFunctions(bundles.map(({ path }) => path));
	for (const { path, contents } of bundles) {
		await writeIfChanged(resolve(dirname(path), 'index.mjs'), starter);
		// V8 compares only the length of the source with its cache, so an old cache is removed before the source changes.
		if (await isChanged(path, contents)) await rm(codeCachePath(path), { force: true });
		await writeIfChanged(path, contents);
	}
}

/** Bundles functions, given as source files by output path, without writing them. */
export async function bundleFunctions(
	functions: Readonly<Record<string, string>>,
	plugins: Plugin[] = [createValidatorsPlugin()],
): Promise<OutputFile[]> {
	const { banner, footer } = WRAPPER;
	const { outputFiles } = await build({
		...BUNDLE_OPTIONS,
		entryPoints: functions,
		plugins,
		banner: { js: banner },
		footer: { js: footer },
		write: false,
	});
	return outputFiles;
}

/**
 * Bundles the file that Lambda loads. It starts a bundle from its code cache, and is an ES module, so that it can await
 * the function's `ready`.
 * @throws Error if esbuild writes no output.
 */
export async function bundleStarter(): Promise<Uint8Array> {
	const { outputFiles } = await build({
		...BUNDLE_OPTIONS,
		entryPoints: ['src/deploy/code-cache/start-function.ts'],
		format: 'esm',
		write: false,
	});
	const [starter] = outputFiles;
	if (starter === undefined) throw new Error('esbuild wrote no output for start-function.ts.');
	return starter.contents;
}

async function isChanged(path: string, contents: Uint8Array): Promise<boolean> {
	const before = await readFile(path).catch(() => undefined);
	return before?.equals(contents) !== true;
}

async function writeIfChanged(path: string, contents: Uint8Array): Promise<void> {
	if (!(await isChanged(path, contents))) return;
	await mkdir(dirname(path), { recursive: true });
	await writeFile(path, contents);
}

/** Removes the folders of functions that no longer exist, and bundles that no function uses any more. */
async function removeOldFunctions(bundlePaths: readonly string[]): Promise<void> {
	const folders = new Set(bundlePaths.map((path) => dirname(path)));
	for (const name of await readdir(resolve(PROJECT, OUT)).catch(() => [])) {
		const folder = resolve(PROJECT, OUT, name);
		if (!folders.has(folder)) await rm(folder, { recursive: true });
	}
	for (const file of globSync(`${OUT}/*/*.cjs`, { cwd: PROJECT }).map((name) => resolve(PROJECT, name)))
		if (!bundlePaths.includes(file)) await rm(file);
}

/** Editors write several files, or one file several times, for one save. */
const SETTLE_MS = 30;

/**
 * Bundles again after each change of a source file, without code caches, and then calls `onBundle`.
 * A change that does not build is reported and does not call it.
 */
export function watchBundles(onBundle: () => void): { close(): void } {
	let last = Promise.resolve();
	let timer: NodeJS.Timeout | undefined;
	const rebuild = () => {
		last = last
			.then(() => bundle({ withCodeCaches: false }))
			.then(onBundle, (error: unknown) => {
				console.error(`Build failed; still serving the previous build. ${String(error)}`);
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
