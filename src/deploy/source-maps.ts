import { decode, encode, type SourceMapSegment } from '@jridgewell/sourcemap-codec';
import * as Type from 'typebox';
import { parseJson } from '../parse.ts';

const SourceMap = Type.Object({
	version: Type.Literal(3),
	sources: Type.Array(Type.String()),
	mappings: Type.String(),
});

/** The project's own files, from the folder of a bundle. */
const OWN_SOURCE = /^(\.\.\/)+src\//;

/**
 * Returns a source map without the code of packages: it is a hundredth as large, and stack traces and breakpoints need the
 * project's own files only.
 */
export function ownSourceMap(text: string): string {
	const { sources, mappings } = parseJson(SourceMap, text, 'source map');
	const own = sources.filter((source) => OWN_SOURCE.test(source));
	const indexes = sources.map((source) => own.indexOf(source));
	const lines = decode(mappings).map((line) => {
		const kept: SourceMapSegment[] = [];
		for (const [column, source, ...original] of line) {
			const index = source === undefined ? -1 : (indexes[source] ?? -1);
			const [originalLine = 0, originalColumn = 0] = original;
			if (index >= 0) kept.push([column, index, originalLine, originalColumn]);
			// Ends the preceding mapping, which would otherwise cover the code of packages that follows.
			else if (kept.at(-1)?.length !== 1) kept.push([column]);
		}
		return kept;
	});
	return JSON.stringify({ version: 3, sources: own, names: [], mappings: encode(lines) });
}
