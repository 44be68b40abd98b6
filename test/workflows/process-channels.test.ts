import { setImmediate } from 'node:timers/promises';
import { type Test, test } from 'tap';
import * as Value from 'typebox/value';
import { SlackRefusedError, SlackUnavailableError } from '../../src/partners/slack.ts';
import type { Progress } from '../../src/tasks/task.ts';
import { createStepsHandler } from '../../src/workflows/define-step.ts';
import type { ProcessChannelsInput } from '../../src/workflows/process-channels/input.ts';
import { ProcessChannelsResult } from '../../src/workflows/process-channels/result.ts';
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
		report = () => {},
	}: {
		publish?: (announcement: Announcement, number: number) => Promise<void>;
		slack?: (number: number) => ReturnType<Post>;
		report?: (progress: Progress) => void;
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
		{
			progressReporter: {
				report: async (_, reported) => {
					progress.push(reported);
					report(reported);
				},
			},
		},
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
});

test('the largest task at its worst ends well within what Step Functions takes', async (t) => {
	const channels = Array.from({ length: 1000 }, (_, index) => `${index}`.padStart(80, 'c'));
	const { status, output, announced } = await run(
		t,
		{ channels, note: 'n'.repeat(3000) },
		{ publish: async () => Promise.reject(new Error('throttled')) },
	);
	t.equal(status, 'SUCCEEDED', 'with its four attempts for each channel below 25,000 events');
	t.strictSame(output, { processed: 0, failed: channels, notified: true });
	t.equal(announced.length, 4000);
	t.ok(JSON.stringify(output).length < 100_000);
});

test('progress is a bound that is never too high and never falls', async (t) => {
	const count = 60;
	let finished = 0;
	const toldAndTrue: [number, number][] = [];
	const { output, progress } = await run(
		t,
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
