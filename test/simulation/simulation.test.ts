import { test } from 'tap';
import { simulate } from './simulate.ts';

const SEEDS = 10_000;

test(`what is promised holds for ${SEEDS} seeds, whatever goes wrong in each`, async (t) => {
	for (let seed = 1; seed <= SEEDS; seed++) {
		const faults = await simulate(seed);
		if (faults.length > 0) t.fail(`npm run simulate -- --seed ${seed}: ${faults.join('; ')}`);
	}
	t.pass('every seed was run');
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
