import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import type { Io } from './cli-context.ts';

/** The program that opens a URL, by platform. */
const OPENERS: Readonly<Record<string, string>> = { darwin: 'open', win32: 'explorer' };

/** Creates the surroundings of a program in a terminal. A first Control-C aborts its work, a second one ends it. */
export function createProcessIo(): Io {
	const interruption = new AbortController();
	process.once('SIGINT', () => interruption.abort());
	const { stdout, stderr, stdin } = process;
	return {
		write: (output) => void stdout.write(output),
		writeError: (output) => void stderr.write(output),
		isTerminal: stdout.isTTY,
		size: () => ({ columns: stdout.columns, rows: stdout.rows }),
		readStdin: () => text(stdin),
		now: () => Date.now(),
		signal: interruption.signal,
		sleep: (ms) => delay(ms, undefined, { signal: interruption.signal }),
		openUrl,
	};
}

/** Opens a URL with `$BROWSER` or the platform's program. A machine without a browser opens nothing. */
async function openUrl(url: string): Promise<void> {
	const { BROWSER: browser = OPENERS[process.platform] ?? 'xdg-open' } = process.env;
	const child = spawn(browser, [url], { detached: true, stdio: 'ignore' });
	child.once('error', () => undefined);
	child.unref();
}
