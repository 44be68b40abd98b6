import { globSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import { build } from 'esbuild';
import { test } from 'tap';
import { BUNDLE_OPTIONS, bundle } from '../../src/deploy/bundle.ts';

const BUILT = resolve(import.meta.dirname, '../../.build');

await bundle();

/** The size of the package without the ZIP file's directory. */
const zippedBytes = (files: readonly string[]) =>
	files.reduce((sum, file) => sum + deflateRawSync(readFileSync(file), { level: 9 }).length, 0);

/** With its code cache. Limit of issue 14. */
const MAX_API_PACKAGE_BYTES = 2_500_000;

test('the package of `api` is at most 2.5 MB with its code cache', async (t) => {
	const files = globSync('**/*', { cwd: resolve(BUILT, 'api'), withFileTypes: true })
		.filter((entry) => entry.isFile())
		.map((entry) => resolve(entry.parentPath, entry.name));
	t.ok(files.length > 3, 'a bundle, its starter, its cache and documents');
	t.ok(zippedBytes(files) <= MAX_API_PACKAGE_BYTES, `${zippedBytes(files)} bytes`);
});

test('every function has one bundle with a code cache', async (t) => {
	const folders = globSync('*', { cwd: BUILT });
	t.ok(folders.length >= 10);
	for (const folder of folders)
		t.strictSame(
			globSync('*.{cjs,mjs,cache}', { cwd: resolve(BUILT, folder) }).toSorted(),
			['function.cjs', 'function.cjs.cache', 'index.mjs'],
			folder,
		);
});

test('a bundle is ASCII, because V8 keeps any other source in twice the memory', async (t) => {
	for (const bundle of globSync('*/function.cjs', { cwd: BUILT }))
		t.notMatch(readFileSync(resolve(BUILT, bundle), 'latin1'), /[\x80-\xff]/, bundle);
});

/** The files of a bundle that are evaluated when it is loaded, as opposed to those behind an `import()`. */
async function filesAtStart(entry: string): Promise<string[]> {
	const { metafile } = await build({
		...BUNDLE_OPTIONS,
		entryPoints: { function: entry },
		write: false,
		metafile: true,
	});
	const reached = new Set<string>();
	const visit = (file: string) => {
		if (reached.has(file)) return;
		reached.add(file);
		for (const { path, kind } of metafile.inputs[file]?.imports ?? [])
			if (kind === 'import-statement') visit(path);
	};
	visit(entry);
	return [...reached];
}

test('`api` evaluates the S3 client only when a task needs it', async (t) => {
	const files = await filesAtStart('src/lambda/api.ts');
	t.ok(files.some((file) => file.includes('/@aws-sdk/client-dynamodb/')));
	t.strictSame(
		files.filter((file) => file.includes('/@aws-sdk/client-s3/')),
		[],
	);
});
