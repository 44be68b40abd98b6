import { encode, type SourceMapSegment } from '@jridgewell/sourcemap-codec';
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
	const lines = keepSources(
		mappings,
		sources.map((source) => own.indexOf(source)),
	);
	return JSON.stringify({ version: 3, sources: own, names: [], mappings: encode(lines) });
}

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const DIGIT_VALUES = new Uint8Array(128);
for (let value = 0; value < DIGITS.length; value++) DIGIT_VALUES[DIGITS.charCodeAt(value)] = value;

const COMMA = 44;
const SEMICOLON = 59;

/**
 * Decodes the segments whose source has a new index of 0 or more. The codec would create an array for each of the millions
 * of segments of packages, which takes ten times as long as reading over them.
 */
function keepSources(mappings: string, newIndexes: readonly number[]): SourceMapSegment[][] {
	let line: SourceMapSegment[] = [];
	const lines = [line];
	/** Column, source, original line, original column and name: differences to the former segment. */
	const fields = [0, 0, 0, 0, 0];
	let field = 0;
	let value = 0;
	let shift = 0;
	const endSegment = () => {
		if (field === 0) return;
		const [column = 0, source = 0, originalLine = 0, originalColumn = 0] = fields;
		const index = field === 1 ? -1 : (newIndexes[source] ?? -1);
		if (index >= 0) line.push([column, index, originalLine, originalColumn]);
		// Ends the preceding mapping, which would otherwise cover the code of packages that follows.
		else if (line.at(-1)?.length !== 1) line.push([column]);
		field = 0;
	};
	for (let position = 0; position < mappings.length; position++) {
		const code = mappings.charCodeAt(position);
		if (code === COMMA || code === SEMICOLON) {
			endSegment();
			if (code === COMMA) continue;
			lines.push((line = []));
			fields[0] = 0;
			continue;
		}
		const digit = DIGIT_VALUES[code] ?? 0;
		value |= (digit & 31) << shift;
		shift += 5;
		if (digit >= 32) continue;
		fields[field] = (fields[field] ?? 0) + ((value & 1) === 0 ? value >>> 1 : -(value >>> 1));
		field += 1;
		value = 0;
		shift = 0;
	}
	endSegment();
	return lines;
}
