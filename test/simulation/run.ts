import { parseArgs } from 'node:util';
import { simulate } from './simulate.ts';

const HELP = `npm run simulate [-- --seed N] [-- --count N]
  --count N   this many seeds, from --seed on (1000)
  --seed N    the first seed (1); alone, this one with everything that happens in it`;

const { values } = parseArgs({
	options: { seed: { type: 'string' }, count: { type: 'string' }, help: { type: 'boolean' } },
});
if (values.help === true) console.log(HELP);
else if (values.seed !== undefined && values.count === undefined) {
	const faults = await simulate(Number(values.seed), (event) => console.log(event));
	console.log(faults.length === 0 ? 'All holds.' : faults.join('\n'));
	process.exitCode = faults.length === 0 ? 0 : 1;
} else {
	const first = Number(values.seed ?? 1);
	const count = Number(values.count ?? 1000);
	let failed = 0;
	const startedMs = performance.now();
	for (let seed = first; seed < first + count; seed++) {
		const faults = await simulate(seed);
		if (faults.length > 0) {
			failed++;
			if (failed <= 10) console.log(`seed ${seed}: ${faults.join('\n  ')}`);
		}
	}
	console.log(`${count} seeds, ${failed} failed, ${((performance.now() - startedMs) / 1000).toFixed(1)} s`);
	process.exitCode = failed === 0 ? 0 : 1;
}
