import { execFile } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { test } from 'tap';
import { simulate } from './simulate.ts';

const SEEDS = 10_000;

/** Processes of their own, without the instruments of coverage: those take four times as long as the simulation. */
test(`what is promised holds for ${SEEDS} seeds, whatever goes wrong in each`, async (t) => {
	const processes = availableParallelism();
	const share = Math.ceil(SEEDS / processes);
	await Promise.all(
		Array.from({ length: processes }, async (_, index) => {
			const seeds = ['--seed', String(1 + index * share), '--count', String(share)];
			const program = resolve(import.meta.dirname, 'run.ts');
			const { stdout } = await promisify(execFile)(process.execPath, [program, ...seeds], {
				env: { PATH: process.env['PATH'] },
			}).catch((failure: unknown) => ({ stdout: String(Object(failure).stdout) }));
			t.match(
				stdout,
				new RegExp(`^${share} seeds, 0 failed`, 'm'),
				'npm run simulate -- --seed <the failed one>',
			);
		}),
	);
});

test('a seed is the same run each time', async (t) => {
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
