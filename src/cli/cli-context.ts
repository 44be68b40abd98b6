import type { Task, TaskClient } from '../client/index.ts';

/** The surroundings of the program. */
export interface Io {
	/** Writes to stdout, without adding a line break. */
	readonly write: (text: string) => void;
	/** Writes to stderr, without adding a line break. */
	readonly writeError: (text: string) => void;
	/** Whether stdout is a terminal, on which lines can be replaced. */
	readonly isTerminal: boolean;
	/** Size of the terminal. */
	readonly size: () => { readonly columns: number; readonly rows: number };
	readonly readStdin: () => Promise<string>;
	readonly now: () => number;
	/** Aborts on Control-C. */
	readonly signal: AbortSignal;
	readonly sleep: (ms: number) => Promise<void>;
	/** Opens a URL in the browser. */
	readonly openUrl: (url: string) => Promise<void>;
}

/** Options that every command accepts. */
export interface GlobalOptions {
	readonly url: string;
	readonly token?: string;
	readonly json?: boolean;
}

/** The dependencies of a command. */
export interface CliContext {
	readonly io: Io;
	readonly client: TaskClient;
	readonly options: GlobalOptions;
}

/** Prints a line, or the value as JSON with `--json`. */
export function print({ io, options }: CliContext, value: unknown, text: string): void {
	io.write(options.json === true ? `${JSON.stringify(value, null, 2)}\n` : `${text}\n`);
}

/** Collects an async iterator, at most `limit` values. */
export async function collect<Value>(
	values: AsyncIterable<Value>,
	limit = Number.POSITIVE_INFINITY,
): Promise<Value[]> {
	const collected: Value[] = [];
	if (limit <= 0) return collected;
	for await (const value of values) {
		collected.push(value);
		if (collected.length >= limit) break;
	}
	return collected;
}

/** The exit code of a command that shows how a task ended. */
export function exitCodeOfTask({ status }: Task): number {
	return status === 'SUCCEEDED' ? 0 : 1;
}
