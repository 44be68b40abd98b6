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

/** The last line of a run of the compiler. */
const END_OF_RUN = /Found \d+ errors?\. Watching/;

/** Dependencies of {@link watchTypes}. */
export interface TypeCheckOptions {
	/** Receives each error with its place, as soon as it is found. */
	readonly onError: (error: string) => void;
	/** Receives all errors of a run at its end. */
	readonly onChecked: (errors: readonly string[]) => void;
}

/** Checks the types after each change, in a process of its own with low priority. */
export function watchTypes({ onError, onChecked }: TypeCheckOptions): { close(): void } {
	const compiler = spawn(
		process.execPath,
		[COMPILER, '--watch', '--preserveWatchOutput', '--pretty', 'false'],
		{ cwd: PROJECT, stdio: ['ignore', 'pipe', 'ignore'] },
	);
	if (compiler.pid !== undefined) setPriority(compiler.pid, constants.priority.PRIORITY_LOW);
	let errors: string[] = [];
	createInterface({ input: compiler.stdout }).on('line', (line) => {
		const [, file, row, column, text] = ERROR.exec(line) ?? [];
		if (file !== undefined) {
			const error = `${file}:${row}:${column}: ${text}`;
			errors.push(error);
			onError(error);
		} else if (END_OF_RUN.test(line)) {
			onChecked(errors);
			errors = [];
		}
	});
	return { close: () => compiler.kill() };
}
