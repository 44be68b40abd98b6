import { relative, resolve } from 'node:path';
import { LineCounter, parseDocument } from 'yaml';

const PROJECT = resolve(import.meta.dirname, '../..');

/** Returns `file:line:column` of a place in a file, as editors and terminals open it. The file is relative to the project. */
export function positionAt(file: string, text: string, offset: number): string {
	const lines = text.slice(0, Number.isFinite(offset) ? offset : 0).split('\n');
	return `${relative(PROJECT, file)}:${lines.length}:${(lines.at(-1) ?? '').length + 1}`;
}

/** Returns `file:line:column` of the value that a JSON pointer names, or of the closest value around it. */
export function positionOfPointer(file: string, text: string, pointer: string): string {
	const lineCounter = new LineCounter();
	const document = parseDocument(text, { lineCounter });
	const path = pointer
		.split('/')
		.slice(1)
		.map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
	for (let length = path.length; length > 0; length--) {
		const { range } = Object(document.getIn(path.slice(0, length), true));
		if (Array.isArray(range)) return positionAt(file, text, Number(range[0]));
	}
	return positionAt(file, text, 0);
}

/** Returns `file:line:column` of an error of `JSON.parse`; at the end of the text if the error names no place. */
export function positionOfJsonError(file: string, text: string, error: unknown): string {
	const [, offset] = /at position (\d+)/.exec(String(error)) ?? [];
	return positionAt(file, text, offset === undefined ? text.length : Number(offset));
}
