import { execFile } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { test } from 'tap';
import { simulate } from './simulate.ts';

/** The gate runs 10,000 seeds: `npm run simulate -- --count 10000 --processes 2`. */
const SEEDS = '300';

test(`all guarantees hold for ${SEEDS} seeds of random faults`, async (t) => {
	// Processes of their own, because the instruments of coverage make the simulation four times slower.
	const program = resolve(import.meta.dirname, 'run.ts');
	const args = ['--count', SEEDS, '--processes', String(availableParallelism())];
	const { stdout } = await promisify(execFile)(process.execPath, [program, ...args], {
		env: { PATH: process.env['PATH'] },
	}).catch((failure: unknown) => ({ stdout: String(Object(failure).stdout) }));
	t.match(
		stdout,
		new RegExp(`^${SEEDS} seeds, 0 failed`, 'm'),
		'npm run simulate -- --seed <the failed seed>',
	);
});

test('a seed reproduces its run', async (t) => {
	const [first, second] = await Promise.all(
		[1, 2].map(async () => {
			const events: string[] = [];
			await simulate(42, (event) => events.push(event));
			return events;
		}),
	);
	t.ok((first?.length ?? 0) > 100);
	t.strictSame(first, second);
});
