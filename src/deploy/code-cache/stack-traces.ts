import { SourceMap } from 'node:module';

/** The path of a bundle's source map. */
export function sourceMapPath(bundlePath: string): string {
	return `${bundlePath}.map`;
}

/**
 * Makes stack traces name the source files of a bundle. The source map is read for the first stack trace that is
 * formatted, so a cold start does not pay for it, as it would with `--enable-source-maps`.
 */
export function nameSourcesInStackTraces(bundlePath: string): void {
	let sourceMap: SourceMap | undefined;
	Error.prepareStackTrace = (error, frames) => {
		const lines = frames.map((frame) => {
			const [file, line, column] = [frame.getFileName(), frame.getLineNumber(), frame.getColumnNumber()];
			const text = textOf(frame);
			if (file !== bundlePath || line === null || column === null) return text;
			sourceMap ??= readSourceMap(bundlePath);
			const entry = sourceMap.findEntry(line - 1, column - 1);
			// Code that esbuild generates has a position in the map, but no source.
			if (!('originalSource' in entry) || typeof entry.originalSource !== 'string') return text;
			const source = entry.originalSource.replace(/^(\.\.\/)+/, '');
			return text.replace(
				`${file}:${line}:${column}`,
				`${source}:${entry.originalLine + 1}:${entry.originalColumn + 1}`,
			);
		});
		return [String(error), ...lines.map((line) => `    at ${line}`)].join('\n');
	};
}

/** V8 prints its call sites as lines of a stack trace. */
function textOf(frame: NodeJS.CallSite): string {
	// oxlint-disable-next-line typescript/no-base-to-string -- the type lacks the `toString` of V8's call sites
	return String(frame);
}

/** A missing or broken map must not hide the error that is printed. */
function readSourceMap(bundlePath: string): SourceMap {
	try {
		// Not imported, as in load-bundle.ts.
		const fs = process.getBuiltinModule('node:fs');
		return new SourceMap(JSON.parse(fs.readFileSync(sourceMapPath(bundlePath), 'utf8')));
	} catch {
		return new SourceMap({
			file: '',
			version: 3,
			sources: [],
			sourcesContent: [],
			names: [],
			mappings: '',
			sourceRoot: '',
		});
	}
}
