import { execFileSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import { test } from 'tap';
import { WARM_UP_ENVIRONMENT } from '../../src/deploy/start-fast/warm-ups.ts';

const BUILT = resolve(import.meta.dirname, '../../.build');

const filesOf = (name: string) =>
	globSync('**/*', { cwd: resolve(BUILT, name), withFileTypes: true })
		.filter((entry) => entry.isFile())
		.map((entry) => resolve(entry.parentPath, entry.name));

/** As in a ZIP, but for its table of contents. */
const zippedBytes = (files: readonly string[]) =>
	files.reduce((sum, file) => sum + deflateRawSync(readFileSync(file), { level: 9 }).length, 0);

test('the API is a small package', async (t) => {
	const files = filesOf('api');
	t.ok(files.length > 5, 'its bundle, its loader, its documents');
	t.ok(zippedBytes(files) <= 1_100_000, `${zippedBytes(files)} bytes`);
	const uncached = files.filter((file) => !file.endsWith('.cache'));
	t.ok(zippedBytes(uncached) <= 400_000, `${zippedBytes(uncached)} bytes without its code cache`);
});

test('a bundle is ASCII: one other character and V8 keeps it in twice the memory', async (t) => {
	const bundles = globSync('*/function.cjs', { cwd: BUILT });
	t.ok(bundles.length >= 10);
	for (const bundle of bundles)
		t.notMatch(readFileSync(resolve(BUILT, bundle), 'latin1'), /[\x80-\xff]/, bundle);
});

test('what is seldom needed is not loaded at the start of the API', async (t) => {
	const program = `
		await import('${resolve(BUILT, 'api/index.mjs')}');
		console.log(JSON.stringify(process.moduleLoadList));`;
	const loaded: readonly string[] = JSON.parse(
		execFileSync(process.execPath, ['--input-type=module', '-e', program], {
			env: { PATH: process.env['PATH'], ...WARM_UP_ENVIRONMENT },
		}).toString(),
	);
	t.ok(loaded.includes('NativeModule http'));
	for (const module of ['http2', 'dns', 'assert', 'internal/deps/undici/undici'])
		t.notOk(loaded.includes(`NativeModule ${module}`), module);
});
