import { parseArgs } from 'node:util';
import { simulate } from './simulate.ts';

const HELP = `npm run simulate [-- --seed N] [-- --count N] [-- --until-failure]
  --count N         this many seeds, from --seed on (1000)
  --seed N          the first seed (1); alone, this one with everything that happens in it
  --until-failure   ends with the first seed that fails`;

const { values } = parseArgs({
	options: {
		seed: { type: 'string' },
		count: { type: 'string' },
		'until-failure': { type: 'boolean' },
		help: { type: 'boolean' },
	},
});
if (values.help === true) console.log(HELP);
else if (values.seed !== undefined && values.count === undefined) await replay(Number(values.seed));
else await runSeeds(Number(values.seed ?? 1), Number(values.count ?? 1000));

async function replay(seed: number): Promise<void> {
	const faults = await simulate(seed, (event) => console.log(event));
	console.log(faults.length === 0 ? 'All holds.' : faults.join('\n'));
	if (faults.length > 0) process.exitCode = 1;
}

async function runSeeds(first: number, count: number): Promise<void> {
	const startedMs = performance.now();
	let failed = 0;
	let seed = first;
	for (; seed < first + count; seed++) {
		const faults = await simulate(seed);
		if (faults.length === 0) continue;
		failed++;
		console.log(`seed ${seed}: ${faults.join('\n  ')}`);
		if (values['until-failure'] === true) break;
	}
	const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
	console.log(`${Math.min(seed + 1, first + count) - first} seeds, ${failed} failed, ${seconds} s`);
	if (failed > 0) process.exitCode = 1;
}
