import { readFileSync } from 'node:fs';
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
			if (file !== bundlePath || line === null || column === null) return String(frame);
			sourceMap ??= readSourceMap(bundlePath);
			const entry = sourceMap.findEntry(line - 1, column - 1);
			if (!('originalSource' in entry)) return String(frame);
			const source = entry.originalSource.replace(/^(\.\.\/)+/, '');
			return String(frame).replace(
				`${file}:${line}:${column}`,
				`${source}:${entry.originalLine + 1}:${entry.originalColumn + 1}`,
			);
		});
		return [String(error), ...lines.map((line) => `    at ${line}`)].join('\n');
	};
}

/** A missing or broken map must not hide the error that is printed. */
function readSourceMap(bundlePath: string): SourceMap {
	try {
		return new SourceMap(JSON.parse(readFileSync(sourceMapPath(bundlePath), 'utf8')));
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
