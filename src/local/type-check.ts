import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { constants, setPriority } from 'node:os';
import { dirname, resolve } from 'node:path';
import { createInterface } from 'node:readline';

const PROJECT = resolve(import.meta.dirname, '../..');
const COMPILER = resolve(
	dirname(createRequire(import.meta.url).resolve('typescript/package.json')),
	'bin/tsc',
);

/** An error as the compiler prints it: `src/parse.ts(3,7): error TS2322: ...`. */
const ERROR = /^(.+)\((\d+),(\d+)\): error (.+)$/;

/** Checks the types after each change, in a process of its own with low priority. Prints each error with its place. */
export function watchTypes(print: (error: string) => void): { close(): void } {
	const compiler = spawn(
		process.execPath,
		[COMPILER, '--watch', '--preserveWatchOutput', '--pretty', 'false'],
		{ cwd: PROJECT, stdio: ['ignore', 'pipe', 'ignore'] },
	);
	if (compiler.pid !== undefined) setPriority(compiler.pid, constants.priority.PRIORITY_LOW);
	createInterface({ input: compiler.stdout }).on('line', (line) => {
		const [, file, row, column, text] = ERROR.exec(line) ?? [];
		if (file !== undefined) print(`${file}:${row}:${column}: ${text}`);
	});
	return { close: () => compiler.kill() };
}
