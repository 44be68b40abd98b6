import { test } from 'tap';
import * as Value from 'typebox/value';
import { ProcessChannelsInput } from '../../../src/workflows/process-channels/input.ts';

test('the data is 1 to 1,000 channels and perhaps a note, and nothing else', async (t) => {
	const check = (data: unknown) => Value.Check(ProcessChannelsInput, data);
	const longest = Array.from({ length: 1000 }, () => 'c'.repeat(80));
	t.ok(check({ channels: longest, note: 'n'.repeat(3000) }));
	for (const wrong of [
		{ channels: [] },
		{ channels: [...longest, 'c'] },
		{ channels: [''] },
		{ channels: ['c'.repeat(81)] },
		{ channels: [1] },
		{ channels: ['a'], note: 'n'.repeat(3001) },
		{ channels: ['a'], note: null },
		{ channels: ['a'], more: 1 },
		{},
	])
		t.notOk(check(wrong), JSON.stringify(wrong).slice(0, 60));
});
