import { existsSync, globSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { type BuildOptions, build, type OutputFile, type Plugin } from 'esbuild';
import * as Type from 'typebox';
import { parseJson } from '../parse.ts';
import { writeCatalog } from './catalog.ts';
import { codeCachePath, WRAPPER } from './code-cache/load-bundle.ts';
import { makeCodeCaches } from './code-cache/make-code-caches.ts';
import { createValidatorsPlugin } from './compiled-validators/validators-plugin.ts';
import { fingerprintsOf, type Inputs } from './fingerprint.ts';
import { ownSourceMap } from './source-maps.ts';

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

/** The build itself. A change of it counts for every function. */
const BUILD = ['tsconfig.json', 'src/deploy/bundle.ts', 'src/deploy/{code-cache,compiled-validators}/*.ts'];

/** The name of the step that writes the documents, among those of the functions. */
const DOCUMENTS = 'documents';

/** The inputs of each function by its name, and of the documents. */
function stepInputs(): Record<string, Inputs> {
	const functions = Object.entries(entryPoints()).map(
		([output, entry]) => [dirname(output), { programs: [entry], files: BUILD }] as const,
	);
	const files = [
		'openapi/openapi.json',
		'src/workflows/*/definition.asl.json',
		'src/{client,console}/**/*.{ts,tsx,css,html,svg}',
	];
	return { ...Object.fromEntries(functions), [DOCUMENTS]: { programs: ['src/deploy/documents.ts'], files } };
}

const FINGERPRINTS_FILE = resolve(PROJECT, '.cache/bundles.json');
const Fingerprints = Type.Record(Type.String(), Type.String());

async function readFingerprints(): Promise<Record<string, string>> {
	try {
		return parseJson(Fingerprints, await readFile(FINGERPRINTS_FILE, 'utf8'), FINGERPRINTS_FILE);
	} catch {
		return {};
	}
}

const bundlePath = (name: string) => resolve(PROJECT, OUT, name, 'function.cjs');

/**
 * Writes the workflow catalogue and `.build/<function>/`: a bundle, the file that starts it, and its code cache.
 * A function is only bundled if one of its inputs has changed. A file that has not changed is not written, so that a stack
 * that runs from it is not disturbed.
 */
export async function bundle({ withCodeCaches = true } = {}): Promise<void> {
	await writeCatalog();
	const fingerprints = await fingerprintsOf(stepInputs());
	const before = await readFingerprints();
	const isStale = (step: string) => before[step] !== fingerprints[step];
	const names = Object.keys(fingerprints).filter((step) => step !== DOCUMENTS);
	const stale = names.filter((name) => isStale(name) || !existsSync(bundlePath(name)));
	await Promise.all([
		stale.length === 0 ? undefined : writeBundles(stale),
		isStale(DOCUMENTS) || stale.length === names.length ? writeDocumentsOfCatalog() : undefined,
	]);
	await removeOldFunctions(names);
	await mkdir(dirname(FINGERPRINTS_FILE), { recursive: true });
	await writeFile(FINGERPRINTS_FILE, JSON.stringify(fingerprints));
	if (withCodeCaches) {
		const uncached = names.filter((name) => !existsSync(codeCachePath(bundlePath(name))));
		await makeCodeCaches(Object.fromEntries(uncached.map((name) => [name, bundlePath(name)])));
	}
}

/** The documents import the catalogue, which must not name a folder that has been removed: hence not at the top. */
async function writeDocumentsOfCatalog(): Promise<void> {
	const { writeDocuments } = await import('./documents.ts');
	await writeDocuments();
}

async function writeBundles(names: readonly string[]): Promise<void> {
	const entries = Object.entries(entryPoints()).filter(([output]) => names.includes(dirname(output)));
	const [starter, bundles] = await Promise.all([
		bundleStarter(),
		bundleFunctions(Object.fromEntries(entries)),
	]);
	for (const { path, contents, text } of bundles) {
		if (path.endsWith('.map')) {
			await writeIfChanged(path, Buffer.from(ownSourceMap(text)));
			continue;
		}
		await writeIfChanged(resolve(dirname(path), 'index.mjs'), starter);
		if (!(await isChanged(path, contents))) continue;
		// V8 compares only the length of the source with its cache, so an old cache is removed before the source changes.
		await rm(codeCachePath(path), { force: true });
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
		sourcemap: 'linked',
		sourcesContent: false,
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

/** Removes the folders of functions that no longer exist. */
async function removeOldFunctions(names: readonly string[]): Promise<void> {
	for (const name of await readdir(resolve(PROJECT, OUT)).catch(() => []))
		if (!names.includes(name)) await rm(resolve(PROJECT, OUT, name), { recursive: true });
}

if (import.meta.main) await bundle();
