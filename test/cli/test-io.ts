import type { Io } from '../../src/cli/cli-context.ts';
import { START_MS } from '../client/receive-client.ts';

/** The surroundings of a command, which collect its output; it is always one second after the start. */
export function createTestIo({ isTerminal = false, rows = 20 } = {}) {
	let output = '';
	const io: Io = {
		write: (text) => void (output += text),
		writeError: (text) => void (output += text),
		isTerminal,
		size: () => ({ columns: 60, rows }),
		readStdin: async () => '',
		now: () => START_MS + 1000,
		signal: new AbortController().signal,
		sleep: async () => undefined,
		openUrl: async () => undefined,
	};
	return { io, output: () => output };
}
