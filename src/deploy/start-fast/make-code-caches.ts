import { execFile } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { WARM_UP_ENVIRONMENT } from './warm-ups.ts';

/**
 * Makes the code cache of each bundle, with this very Node. V8 takes a cache of its own version, flags and heap snapshot,
 * which another architecture does not have: what is to start fast on arm64 is packaged on arm64.
 */
export async function makeCodeCaches(files: Readonly<Record<string, string>>): Promise<void> {
	const waiting = Object.entries(files);
	await Promise.all(
		Array.from({ length: availableParallelism() }, async () => {
			for (let next = waiting.shift(); next !== undefined; next = waiting.shift())
				await promisify(execFile)(process.execPath, [resolve(import.meta.dirname, 'warm-up.ts'), ...next], {
					env: { PATH: process.env['PATH'], ...WARM_UP_ENVIRONMENT },
				});
		}),
	);
}
