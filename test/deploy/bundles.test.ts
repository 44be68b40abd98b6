import { execFileSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import { test } from 'tap';
import { WARM_UP_ENVIRONMENT } from '../../src/deploy/code-cache/warm-up-events.ts';

const BUILT = resolve(import.meta.dirname, '../../.build');

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

test('parts that are rarely used are not evaluated when `api` starts', async (t) => {
	const program = `
		await import('${resolve(BUILT, 'api/index.mjs')}');
		console.log(JSON.stringify(process.moduleLoadList));`;
	const loaded: readonly string[] = JSON.parse(
		execFileSync(process.execPath, ['--expose-gc', '--input-type=module', '-e', program], {
			env: { PATH: process.env['PATH'], ...WARM_UP_ENVIRONMENT },
		}).toString(),
	);
	t.ok(loaded.includes('NativeModule http'));
	t.notOk(loaded.includes('NativeModule zlib'), 'compression');
});
