import { readFileSync } from 'node:fs';
import { type Test, test } from 'tap';
import { Value } from 'typebox/value';
import { SlackRefusedError, SlackUnavailableError } from '../../src/partners/slack.ts';
import type { Progress } from '../../src/tasks/progress.ts';
import { createStepsHandler } from '../../src/workflows/define-step.ts';
import { AT_ONCE, channelProgress } from '../../src/workflows/process-channels/channel-progress.ts';
import { ProcessChannelsInput } from '../../src/workflows/process-channels/input.ts';
import { ProcessChannelsResult } from '../../src/workflows/process-channels/result.ts';
import { slackSummary } from '../../src/workflows/process-channels/slack-summary.ts';
import {
	createNotifySlack,
	type NotifySlackDependencies,
} from '../../src/workflows/process-channels/steps/notify-slack.ts';
import {
	type Announcement,
	createProcessChannel,
} from '../../src/workflows/process-channels/steps/process-channel.ts';
import { EXAMPLE_TASK_ID } from '../support/example-task.ts';
import { assertGolden } from '../support/golden-history.ts';
import { createRecordingLog } from '../support/recording-log.ts';
import { runWorkflow } from '../support/run-workflow.ts';

type Post = NotifySlackDependencies['postToSlack'];

const SENT = async () => ({ outcome: 'sent' }) as const;

/** Runs the workflow; `publish` and `slack` are what the topic and Slack do at their n-th call. */
async function run(
	t: Test,
	data: ProcessChannelsInput,
	{
		publish = async () => {},
		slack = SENT,
	}: {
		publish?: (announcement: Announcement, number: number) => Promise<void>;
		slack?: (number: number) => ReturnType<Post>;
	} = {},
) {
	const announced: { announcement: Announcement; attributes: object }[] = [];
	const posted: Parameters<Post>[0][] = [];
	const progress: Progress[] = [];
	const { log } = createRecordingLog();
	const handler = createStepsHandler(
		{
			ProcessChannel: createProcessChannel({
				publish: async (announcement, attributes) => {
					announced.push({ announcement, attributes });
					await publish(announcement, announced.length - 1);
				},
			}),
			NotifySlack: createNotifySlack({
				postToSlack: async (message) => {
					posted.push(message);
					return slack(posted.length - 1);
				},
			}),
		},
		log,
		{ report: async (_, reported) => void progress.push(reported) },
	);
	return { ...(await runWorkflow(t, 'process-channels', data, handler)), announced, posted, progress };
}

test('every channel is announced to, and Slack told', async (t) => {
	const { status, output, events, announced, posted } = await run(t, {
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

test('one channel, and no note', async (t) => {
	const { output, announced } = await run(t, { channels: ['a'] });
	t.strictSame(output, { processed: 1, failed: [], notified: true });
	t.notOk(announced.some(({ announcement }) => 'note' in announcement));
	t.strictSame((await run(t, { channels: ['a b'] })).output, {
		processed: 0,
		failed: ['a b'],
		notified: true,
	});
});

test('channels that fail fail alone, in the order given', async (t) => {
	const { status, output, events, announced, posted } = await run(
		t,
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

test('a name that is no channel name is invalid at once', async (t) => {
	const channels = ['', '#', '@', '##a', 'a#', 'a b', 'a\n', 'a,b', '😀', '<a>'].filter(
		(name) => name !== '',
	);
	const { output, announced } = await run(t, { channels });
	t.strictSame(output, { processed: 0, failed: channels, notified: true });
	t.strictSame(announced, []);
});

test('a Slack that takes no more is asked again after its Retry-After', async (t) => {
	const { output, events, posted, tookSeconds } = await run(
		t,
		{ channels: ['a'] },
		{ slack: async (number) => (number < 2 ? { outcome: 'rate-limited', retryAfterSeconds: 30 } : SENT()) },
	);
	t.strictSame(output, { processed: 1, failed: [], notified: true });
	t.equal(posted.length, 3);
	t.equal(tookSeconds, 60);
	assertGolden(t, 'process-channels-rate-limited', events);
});

test('a Slack that never takes it is given up, and the task succeeds', async (t) => {
	const { status, output, posted } = await run(
		t,
		{ channels: ['a', 'b c'] },
		{ slack: async () => ({ outcome: 'rate-limited', retryAfterSeconds: 300 }) },
	);
	t.equal(status, 'SUCCEEDED');
	t.strictSame(output, { processed: 1, failed: ['b c'], notified: false });
	t.equal(posted.length, 6);
});

test('a Slack that is down is tried four times, then the task succeeds without it', async (t) => {
	const { status, output, events, posted } = await run(
		t,
		{ channels: ['a'] },
		{ slack: async () => Promise.reject(new SlackUnavailableError('Slack answered 500.')) },
	);
	t.equal(status, 'SUCCEEDED');
	t.strictSame(output, { processed: 1, failed: [], notified: false });
	t.equal(posted.length, 4);
	assertGolden(t, 'process-channels-slack-down', events);
});

test('a Slack that recovers is told; one that refuses is not asked again', async (t) => {
	const recovering = await run(
		t,
		{ channels: ['a'] },
		{ slack: async (number) => (number < 3 ? Promise.reject(new SlackUnavailableError('down')) : SENT()) },
	);
	t.match(recovering.output, { notified: true });
	const refusing = await run(
		t,
		{ channels: ['a'] },
		{ slack: async () => Promise.reject(new SlackRefusedError('Slack answered 404.')) },
	);
	t.match(refusing.output, { notified: false });
	t.equal(refusing.posted.length, 1);
});

test('Slack is told the first 20 channels that failed, however many did', async (t) => {
	const channels = Array.from({ length: 25 }, (_, index) => `no channel ${index}`);
	const { output, posted } = await run(t, { channels });
	t.strictSame(output, { processed: 0, failed: channels, notified: true });
	const [message] = posted;
	t.equal(
		message?.sections[1],
		['Failed:', ...channels.slice(0, 20).map((name) => `• ${name}`), 'and 5 more'].join('\n'),
	);
	t.equal(
		slackSummary('t', { processed: 0, failedCount: 25, failed: channels }).sections[1],
		message?.sections[1],
	);
});

test('progress is a bound that is never too high and never falls', async (t) => {
	const channels = Array.from({ length: 40 }, (_, index) =>
		index % 7 === 0 ? `no channel ${index}` : `c${index}`,
	);
	let finished = 0;
	const { output, progress } = await run(t, { channels }, { publish: async () => void finished++ });
	t.match(output, { processed: 34 });
	t.equal(finished, 34);
	t.strictSame(progress.slice(0, 3), [
		{ percent: 0, message: '0 of 40 channels' },
		{ percent: 2, message: '1 of 40 channels' },
		{ percent: 5, message: '2 of 40 channels' },
	]);
	t.strictSame(progress.at(-1), { percent: 75, message: '30 of 40 channels' });
	t.strictSame(
		progress.map(({ percent }) => percent),
		[...new Set(progress.map(({ percent }) => percent))].toSorted((a, b) => a - b),
	);
});

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
	const file = new URL('../../src/workflows/process-channels/definition.asl.json', import.meta.url);
	t.equal(JSON.parse(readFileSync(file, 'utf8')).States.ProcessChannels.MaxConcurrency, AT_ONCE);
});

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
