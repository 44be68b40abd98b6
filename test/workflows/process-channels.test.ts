import { setImmediate } from 'node:timers/promises';
import { test } from 'tap';
import * as Value from 'typebox/value';
import {
	type PostToSlack,
	type SlackMessage,
	type SlackOutcome,
	SlackRefusedError,
	SlackUnavailableError,
	slackBody,
} from '../../src/partners/slack.ts';
import type { Progress } from '../../src/tasks/task.ts';
import {
	type Announcement,
	channelProgress,
	MAX_CONCURRENCY,
	slackSummary,
	steps,
} from '../../src/workflows/process-channels/steps.ts';
import {
	ProcessChannelsInput,
	ProcessChannelsResult,
	workflow,
} from '../../src/workflows/process-channels/workflow.ts';
import { EXAMPLE_TASK_ID } from '../support/example-task.ts';
import { assertGolden } from '../support/golden-history.ts';
import { definitionOf } from '../support/released.ts';
import { runWorkflow } from '../support/run-workflow.ts';

const SENT = async (): Promise<SlackOutcome> => ({ outcome: 'sent' });

/** Runs the workflow; `publish` and `slack` receive the number of the call. */
async function run(
	data: ProcessChannelsInput,
	{
		publish = async () => {},
		slack = SENT,
		report = () => {},
	}: {
		publish?: (announcement: Announcement, number: number) => Promise<void>;
		slack?: (number: number) => ReturnType<PostToSlack>;
		report?: (progress: Progress) => void;
	} = {},
) {
	const announced: { announcement: Announcement; attributes: object }[] = [];
	const posted: SlackMessage[] = [];
	const progress: Progress[] = [];
	const outcome = await runWorkflow(definitionOf('process-channels'), {
		steps,
		input: data,
		dependencies: {
			publish: async (announcement: Announcement, attributes: { readonly channel: string }) => {
				announced.push({ announcement, attributes });
				await publish(announcement, announced.length - 1);
			},
			postToSlack: async (message: SlackMessage) => {
				posted.push(message);
				return slack(posted.length - 1);
			},
		},
		errors: workflow.errors,
		progressReporter: {
			report: async (_, reported) => {
				progress.push(reported);
				report(reported);
			},
		},
	});
	return { ...outcome, announced, posted, progress };
}

test('every channel receives an announcement, and Slack a summary', async (t) => {
	const { status, output, events, announced, posted } = await run({
		channels: ['#billing', '@ada', 'ελπίς-2.x_y'],
		note: 'Closed on Friday.',
	});
	t.equal(status, 'SUCCEEDED');
	t.strictSame(output, { processed: 3, failed: [], notified: true });
	t.ok(Value.Check(ProcessChannelsResult, output));
	t.strictSame(
		announced.toSorted((a, b) => a.announcement.index - b.announcement.index),
		['#billing', '@ada', 'ελπίς-2.x_y'].map((channel, index) => ({
			announcement: {
				task_id: EXAMPLE_TASK_ID,
				type: 'process-channels',
				channel,
				index,
				note: 'Closed on Friday.',
			},
			attributes: { channel },
		})),
	);
	t.strictSame(posted, [
		{
			text: 'process-channels: 3 of 3 channels processed, 0 failed',
			sections: [`Task ${EXAMPLE_TASK_ID}\n3 of 3 channels processed, 0 failed`],
		},
	]);
	assertGolden(t, 'process-channels-success', events);
});

test('a single channel without a note', async (t) => {
	const { output, announced } = await run({ channels: ['a'] });
	t.strictSame(output, { processed: 1, failed: [], notified: true });
	t.notOk(announced.some(({ announcement }) => 'note' in announcement));
	t.strictSame((await run({ channels: ['a b'] })).output, {
		processed: 0,
		failed: ['a b'],
		notified: true,
	});
});

test('a failed channel does not fail the others', async (t) => {
	const { status, output, events, announced, posted } = await run(
		{ channels: ['not a channel', 'gone', 'fine', 'again', 'fine'] },
		{
			publish: async ({ channel }, number) => {
				if (channel === 'gone' || (channel === 'again' && number < 5)) throw new Error('throttled');
			},
		},
	);
	t.equal(status, 'SUCCEEDED');
	t.strictSame(output, { processed: 3, failed: ['not a channel', 'gone'], notified: true });
	const attempts = (channel: string) =>
		announced.filter(({ announcement }) => announcement.channel === channel).length;
	t.strictSame(['not a channel', 'gone', 'again', 'fine'].map(attempts), [0, 4, 2, 2]);
	t.match(posted, [{ sections: [/3 of 5/, 'Failed:\n• not a channel\n• gone'] }]);
	assertGolden(t, 'process-channels-some-failing', events);
});

test('an invalid channel name is not retried', async (t) => {
	const channels = ['', '#', '@', '##a', 'a#', 'a b', 'a\n', 'a,b', '😀', '<a>'].filter(
		(name) => name !== '',
	);
	const { output, announced } = await run({ channels });
	t.strictSame(output, { processed: 0, failed: channels, notified: true });
	t.strictSame(announced, []);
});

test('a rate limit of Slack is retried after its Retry-After', async (t) => {
	const { output, events, posted, tookSeconds } = await run(
		{ channels: ['a'] },
		{ slack: async (number) => (number < 2 ? { outcome: 'rate-limited', retryAfterSeconds: 30 } : SENT()) },
	);
	t.strictSame(output, { processed: 1, failed: [], notified: true });
	t.equal(posted.length, 3);
	t.equal(tookSeconds, 60);
	assertGolden(t, 'process-channels-rate-limited', events);
});

test('the task succeeds if Slack limits every attempt', async (t) => {
	const { status, output, posted } = await run(
		{ channels: ['a', 'b c'] },
		{ slack: async () => ({ outcome: 'rate-limited', retryAfterSeconds: 300 }) },
	);
	t.equal(status, 'SUCCEEDED');
	t.strictSame(output, { processed: 1, failed: ['b c'], notified: false });
	t.equal(posted.length, 6);
});

test('the task succeeds if Slack is unavailable in six attempts', async (t) => {
	const { status, output, events, posted } = await run(
		{ channels: ['a'] },
		{ slack: async () => Promise.reject(new SlackUnavailableError('Slack answered 500.')) },
	);
	t.equal(status, 'SUCCEEDED');
	t.strictSame(output, { processed: 1, failed: [], notified: false });
	t.equal(posted.length, 6);
	assertGolden(t, 'process-channels-slack-down', events);
});

test('an unavailable Slack is retried, a refusing one is not', async (t) => {
	const recovering = await run(
		{ channels: ['a'] },
		{ slack: async (number) => (number < 3 ? Promise.reject(new SlackUnavailableError('down')) : SENT()) },
	);
	t.match(recovering.output, { notified: true });
	const refusing = await run(
		{ channels: ['a'] },
		{ slack: async () => Promise.reject(new SlackRefusedError('Slack answered 404.')) },
	);
	t.match(refusing.output, { notified: false });
	t.equal(refusing.posted.length, 1);
});

test('the summary lists the first 20 failed channels', async (t) => {
	const channels = Array.from({ length: 25 }, (_, index) => `no channel ${index}`);
	const { output, posted } = await run({ channels });
	t.strictSame(output, { processed: 0, failed: channels, notified: true });
	const names = channels.slice(0, 20).map((name) => `• ${name}`);
	t.strictSame(posted[0]?.sections?.slice(1).join('\n'), ['Failed:', ...names, 'and 5 more'].join('\n'));
});

test('the largest task stays within the limits of Step Functions', async (t) => {
	const channels = Array.from({ length: 1000 }, (_, index) => `${index}`.padStart(80, 'c'));
	const { status, output, announced } = await run(
		{ channels, note: 'n'.repeat(3000) },
		{ publish: async () => Promise.reject(new Error('throttled')) },
	);
	t.equal(status, 'SUCCEEDED', 'with its four attempts for each channel below 25,000 events');
	t.strictSame(output, { processed: 0, failed: channels, notified: true });
	t.equal(announced.length, 4000);
	t.ok(JSON.stringify(output).length < 100_000);
});

test('progress is a lower bound and never decreases', async (t) => {
	const count = 60;
	let finished = 0;
	const toldAndTrue: [number, number][] = [];
	const { output, progress } = await run(
		{ channels: Array.from({ length: count }, (_, index) => `c${index}`) },
		{
			publish: async ({ index }) => {
				// Some are quick, some are overtaken.
				for (let turns = (index * 7) % 23; turns > 0; turns--) await setImmediate();
				finished++;
			},
			report: ({ message }) => toldAndTrue.push([Number.parseInt(message, 10), finished]),
		},
	);
	t.match(output, { processed: count });
	t.strictSame(
		toldAndTrue.filter(([told, done]) => told > done),
		[],
	);
	t.strictSame(progress.slice(0, 3), [
		{ percent: 0, message: '0 of 60 channels' },
		{ percent: 1, message: '1 of 60 channels' },
		{ percent: 3, message: '2 of 60 channels' },
	]);
	const percents = progress.map(({ percent }) => percent);
	t.equal(percents.at(-1), 83);
	t.strictSame(
		percents,
		percents.toSorted((a, b) => a - b),
	);
});

test('without a webhook the result says that Slack was not notified', async (t) => {
	const { status, output, posted } = await run(
		{ channels: ['a'] },
		{ slack: async () => ({ outcome: 'not-configured' }) },
	);
	t.match({ status, output }, { status: 'SUCCEEDED', output: { processed: 1, notified: false } });
	t.equal(posted.length, 1, 'it is not retried');
});

test('a summary of 1,000 failed channels fits into a message of Slack', async (t) => {
	const failed = Array.from({ length: 20 }, () => '&'.repeat(80));
	const body = JSON.parse(
		slackBody(slackSummary(EXAMPLE_TASK_ID, { processed: 0, failed_count: 1000, failed })),
	);
	const texts = body.blocks.map(({ text }: { text: { text: string } }) => text.text);
	t.ok(texts.length <= 50);
	t.ok(texts.every((text: string) => text.length <= 3000 && !text.endsWith('…')));
	t.equal(texts.join('').match(/•/g)?.length, 20);
	t.match(texts.at(-1), /and 980 more$/);
});

test('a task of any size reports progress at most 100 times', async (t) => {
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

test('the steps assume the concurrency of the definition', async (t) => {
	t.match(definitionOf('process-channels'), {
		States: { ProcessChannels: { MaxConcurrency: MAX_CONCURRENCY } },
	});
});

test('the data is 1 to 1,000 channels and an optional note', async (t) => {
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
