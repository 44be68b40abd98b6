import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { text } from 'node:stream/consumers';

const PROJECT = resolve(import.meta.dirname, '../..');
const PROGRAM = resolve(PROJECT, 'src/cli/bin.cjs');

/** How a command ended. */
export interface CommandResult {
	readonly code: number | null;
	readonly stdout: string;
	readonly stderr: string;
	/** The parsed JSON of stdout. @throws if it is not JSON. */
	json(): Readonly<Record<string, unknown>>;
}

/** Runs `task-api` as a child process; `started` receives the process. */
export async function runTaskApi(
	commandLine: readonly string[],
	environment: Readonly<Record<string, string>>,
	{ stdin = '', started }: { stdin?: string; started?: (child: ChildProcess) => void } = {},
): Promise<CommandResult> {
	// Without the hooks of tap, which would slow down each of many commands.
	const { NODE_OPTIONS: _, ...inherited } = process.env;
	const child = spawn(process.execPath, [PROGRAM, ...commandLine], {
		cwd: PROJECT,
		env: { ...inherited, ...environment },
	});
	started?.(child);
	child.stdin.end(stdin);
	const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
	if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
	return { code: child.exitCode, stdout, stderr, json: () => JSON.parse(stdout) };
}
