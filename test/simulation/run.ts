import { execFile } from 'node:child_process';
import { parseArgs, promisify } from 'node:util';
import { simulate } from './simulate.ts';

const HELP = `npm run simulate [-- --seed N] [-- --count N] [-- --processes N] [-- --until-failure]
  --count N         runs this many seeds, starting with --seed (1000)
  --seed N          the first seed (1); without --count, replays this seed and prints everything that happens
  --processes N     divides the seeds between this many processes (1)
  --until-failure   stops after the first seed that fails`;

const { values } = parseArgs({
	options: {
		seed: { type: 'string' },
		count: { type: 'string' },
		processes: { type: 'string' },
		'until-failure': { type: 'boolean' },
		help: { type: 'boolean' },
	},
});
const first = Number(values.seed ?? 1);
const count = Number(values.count ?? 1000);
const processes = Number(values.processes ?? 1);
if (values.help === true) console.log(HELP);
else if (values.seed !== undefined && values.count === undefined) await replay(first);
else if (processes > 1) await divide();
else await runSeeds();

async function replay(seed: number): Promise<void> {
	const violations = await simulate(seed, (event) => console.log(event));
	console.log(violations.length === 0 ? 'All guarantees hold.' : violations.join('\n'));
	if (violations.length > 0) process.exitCode = 1;
}

async function runSeeds(): Promise<void> {
	const startedMs = performance.now();
	let failed = 0;
	let seed = first;
	for (; seed < first + count; seed++) {
		const violations = await simulate(seed);
		if (violations.length === 0) continue;
		failed++;
		console.log(`seed ${seed}: ${violations.join('\n  ')}`);
		if (values['until-failure'] === true) break;
	}
	report(Math.min(seed + 1, first + count) - first, failed, startedMs);
}

async function divide(): Promise<void> {
	const startedMs = performance.now();
	const share = Math.ceil(count / processes);
	const failures = await Promise.all(
		Array.from({ length: processes }, async (_, index) => {
			const seeds = Math.max(0, Math.min(share, count - index * share));
			const args = ['--seed', String(first + index * share), '--count', String(seeds)];
			try {
				await promisify(execFile)(process.execPath, [import.meta.filename, ...args], {
					maxBuffer: 2 ** 28,
				});
				return 0;
			} catch (failure) {
				const output = String(Object(failure).stdout);
				console.log(output.trimEnd());
				return output.match(/^seed \d+/gm)?.length ?? 1;
			}
		}),
	);
	report(
		count,
		failures.reduce((sum, failed) => sum + failed, 0),
		startedMs,
	);
}

function report(seeds: number, failed: number, startedMs: number): void {
	console.log(`${seeds} seeds, ${failed} failed, ${((performance.now() - startedMs) / 1000).toFixed(1)} s`);
	if (failed > 0) process.exitCode = 1;
}
