import type { Test } from 'tap';

/** Returns the JSON lines that the call writes to standard output and standard error. */
export async function linesOf(t: Test, write: () => unknown) {
	const lines: string[] = [];
	const captures = [process.stdout, process.stderr].map((stream) =>
		t.capture(stream, 'write', (text: string) => lines.push(text) > 0),
	);
	try {
		await write();
	} finally {
		for (const capture of captures) capture.restore();
	}
	return lines.map((line) => JSON.parse(line));
}
