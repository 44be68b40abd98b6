import { readFileSync } from 'node:fs';
import { test } from 'tap';
import { AT_ONCE, channelProgress } from '../../../src/workflows/process-channels/channel-progress.ts';

test('a task of any size reports at most 100 times', async (t) => {
	for (const count of [1, 9, 10, 11, 99, 100, 101, 999, 1000]) {
		const reports = Array.from({ length: count }, (_, index) => channelProgress(index, count)).filter(
			(report) => report !== undefined,
		);
		t.ok(reports.length <= 100, `${count} channels`);
		t.strictSame(reports[0], { percent: 0, message: `0 of ${count} channels` });
		t.strictSame(
			reports
				.map(({ percent }) => percent)
				.filter((percent, at, all) => at > 0 && percent <= (all[at - 1] ?? 0)),
			[],
		);
	}
	t.strictSame(channelProgress(999, 1000), { percent: 99, message: '990 of 1000 channels' });
});

test('the steps reckon with as many at once as the definition has', async (t) => {
	const file = new URL('../../../src/workflows/process-channels/definition.asl.json', import.meta.url);
	t.equal(JSON.parse(readFileSync(file, 'utf8')).States.ProcessChannels.MaxConcurrency, AT_ONCE);
});
