import { decode, encode } from '@jridgewell/sourcemap-codec';
import { test } from 'tap';
import { ownSourceMap } from '../../src/deploy/source-maps.ts';

const SOURCES = ['../../node_modules/a/index.js', '../../src/parse.ts', '../../src/config.ts'];

const ownMapOf = (mappings: string) =>
	JSON.parse(ownSourceMap(JSON.stringify({ version: 3, sources: SOURCES, names: [], mappings })));

test('a source map keeps the segments of own files only, and ends them where a package begins', async (t) => {
	const mappings = encode([
		[
			[0, 0, 0, 0],
			[5, 0, 0, 7],
			[9, 1, 40_000, 3],
			[12, 1, 2, 8, 0],
			[70_000, 0, 3, 1],
			[70_009, 0, 4, 1],
			[70_020, 2, 1, 0],
		],
		[],
		[[4], [6, 2, 0, 0]],
	]);
	const own = ownMapOf(mappings);
	t.strictSame(own.sources, ['../../src/parse.ts', '../../src/config.ts']);
	t.strictSame(decode(own.mappings), [
		[[0], [9, 0, 40_000, 3], [12, 0, 2, 8], [70_000], [70_020, 1, 1, 0]],
		[],
		[[4], [6, 1, 0, 0]],
	]);
});

test('an empty source map stays empty', async (t) => {
	t.equal(ownMapOf('').mappings, '');
});
