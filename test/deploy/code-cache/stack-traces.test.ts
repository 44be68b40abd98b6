import { spawnSync } from 'node:child_process';
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'tap';
import { bundle } from '../../../src/deploy/bundle.ts';

const BUILT = resolve(import.meta.dirname, '../../../.build/greeting-steps');

/** Sends a step an invalid payload. Prints how often the source map was read before and after the stack trace. */
const PROGRAM = `
	import fs from 'node:fs';
	import { syncBuiltinESMExports } from 'node:module';
	let maps = 0;
	const read = fs.readFileSync;
	fs.readFileSync = (path, ...rest) => { if (String(path).endsWith('.map')) maps += 1; return read(path, ...rest); };
	syncBuiltinESMExports();
	const { handler } = await import(process.argv[1]);
	const error = await handler({}, {}).catch((error) => error);
	const before = maps;
	const { stack } = error;
	console.log(JSON.stringify({ before, stack, after: maps }));
`;

function run(folder: string): { before: number; stack: string; after: number } {
	const { stdout, stderr } = spawnSync(
		process.execPath,
		['--input-type=module', '--eval', PROGRAM, join(folder, 'index.mjs')],
		{ encoding: 'utf8', env: {} },
	);
	const last = stdout.trim().split('\n').at(-1) ?? '';
	return last.startsWith('{') ? JSON.parse(last) : { before: -1, stack: stderr, after: -1 };
}

test('a stack trace of a bundle names the source files, whose map is read with the first stack trace', async (t) => {
	await bundle({ withCodeCaches: false });
	const { before, stack, after } = run(BUILT);
	t.match(stack, /^UnexpectedShapeError: step payload .*\n {4}at .*\(?src\/parse\.ts:\d+:\d+\)?\n/);
	t.match(stack, /src\/workflows\/define-steps\.ts:\d+:\d+/);
	t.match({ before, after }, { before: 0, after: 1 });
});

test('without its source map, a stack trace names the bundle', async (t) => {
	const folder = join(t.testdir({}), 'function');
	cpSync(BUILT, folder, { recursive: true });
	rmSync(join(folder, 'function.cjs.map'));
	t.match(run(folder).stack, /^UnexpectedShapeError: step payload .*\n {4}at .*function\.cjs:\d+:\d+/);
});

test('a stack trace names the bundle where the source map names no source, as for dependencies', async (t) => {
	const folder = join(t.testdir({}), 'function');
	cpSync(BUILT, folder, { recursive: true });
	const map = join(folder, 'function.cjs.map');
	// A segment of one number has a position in the bundle and none in a source.
	writeFileSync(
		map,
		JSON.stringify({ ...JSON.parse(readFileSync(map, 'utf8')), sources: [], mappings: 'A' }),
	);
	t.match(run(folder).stack, /^UnexpectedShapeError: step payload .*\n {4}at .*function\.cjs:\d+:\d+/);
});
