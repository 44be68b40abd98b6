import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { resolve } from 'node:path';
import type { Test } from 'tap';

const PROJECT = resolve(import.meta.dirname, '../..');

export interface ChildStack {
	readonly url: string;
	readonly process: ChildProcess;
	/** Output so far, stdout and stderr. */
	output(): string;
}

/** Starts `npm start` as a child process that a test can kill. Resolves once it is ready. */
export async function startChildStack(
	t: Test,
	environment: Readonly<Record<string, string>>,
	project = PROJECT,
	commandLine: readonly string[] = [],
): Promise<ChildStack> {
	const child = runProgram('src/local/start.ts', commandLine, environment, project);
	t.teardown(() => child.process.kill('SIGKILL'));
	const { promise, resolve: up, reject } = Promise.withResolvers<string>();
	child.process.stdout?.on('data', () => {
		const [, url] = /API +(http:\S+)\/v1/.exec(child.output()) ?? [];
		if (url !== undefined) up(url);
	});
	child.process.once('exit', () => reject(new Error(`The stack did not start:\n${child.output()}`)));
	return { url: await promise, ...child };
}

/** Runs one of the project's programs; `output` collects stdout and stderr. */
export function runProgram(
	file: string,
	commandLine: readonly string[],
	environment: Readonly<Record<string, string>>,
	project = PROJECT,
) {
	const child = spawn(process.execPath, [resolve(project, file), ...commandLine], {
		cwd: project,
		env: { ...process.env, ...environment },
	});
	let output = '';
	for (const stream of [child.stdout, child.stderr])
		stream.setEncoding('utf8').on('data', (text: string) => (output += text));
	return { process: child, output: () => output };
}

/** Waits for a process to end and returns its exit code. */
export async function exitCode(child: ChildProcess): Promise<number | null> {
	if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
	await once(child, 'exit');
	return child.exitCode;
}

/** A port that is in use until the test ends. */
export async function takenPort(t: Test): Promise<number> {
	const server = createServer().listen(0, '127.0.0.1');
	await once(server, 'listening');
	t.teardown(() => server.close());
	const address = server.address();
	if (typeof address !== 'object' || address === null) throw new Error('no port');
	return address.port;
}
