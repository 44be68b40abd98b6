import { type ChildProcess, spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { constants, setPriority } from 'node:os';
import { dirname, resolve } from 'node:path';
import { createInterface } from 'node:readline';

const PROJECT = resolve(import.meta.dirname, '../..');
const COMPILER = resolve(
	dirname(createRequire(import.meta.url).resolve('typescript/package.json')),
	'lib/tsc.js',
);

/** The native compiler ignores SIGTERM and would go on beside its successor. It writes no files. */
const STOP = 'SIGKILL';

/** An error as the compiler prints it: `src/parse.ts(3,7): error TS2322: ...`. */
const ERROR = /^(.+)\((\d+),(\d+)\): error (.+)$/;

/** Dependencies of {@link createTypeChecker}. */
export interface TypeCheckerOptions {
	/** Receives all errors of a run, each with its place. */
	readonly onChecked: (errors: readonly string[]) => void;
	/** The folder of `tsconfig.json`; by default this project. */
	readonly folder?: string;
	/** The program that checks; by default the TypeScript compiler. */
	readonly program?: string;
}

/** Checks the types in a process of its own with low priority. */
export interface TypeChecker {
	/** Starts a run, and ends one that is still going on: its sources have changed. */
	check(): void;
	close(): void;
}

/** Creates a type checker. The compiler's own watcher misses files that are replaced, hence a run per change. */
export function createTypeChecker({
	onChecked,
	folder = PROJECT,
	program = COMPILER,
}: TypeCheckerOptions): TypeChecker {
	let compiler: ChildProcess | undefined;
	return {
		check() {
			compiler?.kill(STOP);
			const run = spawn(process.execPath, [program, '--pretty', 'false'], {
				cwd: folder,
				stdio: ['ignore', 'pipe', 'inherit'],
			});
			compiler = run;
			if (run.pid !== undefined) setPriority(run.pid, constants.priority.PRIORITY_LOW);
			const errors: string[] = [];
			createInterface({ input: run.stdout }).on('line', (line) => {
				const [, file, row, column, text] = ERROR.exec(line) ?? [];
				if (file !== undefined) errors.push(`${file}:${row}:${column}: ${text}`);
			});
			run.once('close', () => {
				if (compiler === run) onChecked(errors);
			});
		},
		close() {
			const running = compiler;
			compiler = undefined;
			running?.kill(STOP);
		},
	};
}
