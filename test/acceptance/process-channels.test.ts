import { GetExecutionHistoryCommand, SFNClient } from '@aws-sdk/client-sfn';
import { SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { type Test, test } from 'tap';
import * as Value from 'typebox/value';
import { bootPackaged } from '../../src/local/start-stack.ts';
import { ProcessChannelsResult } from '../../src/workflows/process-channels/workflow.ts';
import { createClient } from '../support/client.ts';
import { startHttpReceiver } from '../support/http-receiver.ts';
import { createMovableClock } from '../support/movable-clock.ts';
import { pollUntil } from '../support/poll.ts';
import { createRecordingLog } from '../support/recording-log.ts';

async function boot(t: Test, slackWebhookUrl?: string) {
	const clock = createMovableClock();
	const { log, lines } = createRecordingLog();
	const stack = await bootPackaged(
		{ port: 0, auth: 'none', ...(slackWebhookUrl === undefined ? {} : { slackWebhookUrl }) },
		{ log, clock },
	);
	t.teardown(() => stack.close());
	const aws = {
		endpoint: stack.awsEndpoint,
		region: stack.region,
		credentials: { accessKeyId: 'x', secretAccessKey: 'x' },
	};
	const sfn = new SFNClient(aws);
	t.teardown(() => sfn.destroy());
	/** Resolves once the execution's history has `count` events of the type. */
	const happened = async (task: Readonly<Record<string, unknown>>, type: string, count: number) => {
		const name = `${String(task['task_id'])}-${Date.parse(String(task['created_at']))}`;
		const executionArn = `arn:aws:states:${stack.region}:000000000000:execution:task-api-local-process-channels:${name}`;
		await pollUntil(`${count} times ${type}`, async () => {
			const { events = [] } = await sfn
				.send(new GetExecutionHistoryCommand({ executionArn }))
				.catch(() => ({ events: [] }));
			return events.filter((event) => event.type === type).length >= count || undefined;
		});
	};
	return { stack, aws, clock, lines, happened, ...createClient(stack.url) };
}

type Client = ReturnType<typeof createClient>;

/** A queue that receives the announcements to one channel. */
async function subscribe(
	t: Test,
	aws: { endpoint: string; region: string },
	channel: string,
	topicArn: string,
) {
	const sqs = new SQSClient(aws);
	const sns = new SNSClient(aws);
	t.teardown(() => [sqs, sns].forEach((client) => client.destroy()));
	const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'announcements' }));
	const Endpoint = `arn:aws:sqs:${aws.region}:000000000000:announcements`;
	const Attributes = { RawMessageDelivery: 'true', FilterPolicy: JSON.stringify({ channel: [channel] }) };
	await sns.send(new SubscribeCommand({ TopicArn: topicArn, Protocol: 'sqs', Endpoint, Attributes }));
	return async () => {
		const { Messages = [] } = await sqs.send(
			new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 5, MaxNumberOfMessages: 10 }),
		);
		return Messages.map(({ Body = '' }): unknown => JSON.parse(Body));
	};
}

/** Polls a task to its end; `seen` lists each change of its progress, in percent. */
async function follow({ post, request }: Pick<Client, 'post' | 'request'>, data: object) {
	const { body } = await post({ type: 'process-channels', data });
	const seen: number[] = [];
	const task = await pollUntil('the end of the task', async () => {
		const answer = await request('GET', `/v1/tasks/${String(body['task_id'])}`);
		const { percent } = Object(answer.body['progress']);
		if (typeof percent === 'number' && percent !== seen.at(-1)) seen.push(percent);
		return ['PENDING', 'RUNNING'].includes(String(answer.body['status'])) ? undefined : answer.body;
	});
	return { task, seen };
}

test('a thousand channels, some failing', async (t) => {
	const { stack, aws, lines, ...client } = await boot(t);
	const { outputs } = Object(await (await fetch(`${stack.url}/_local/stack`)).json());
	const announced = await subscribe(t, aws, '#channel-7', outputs.NotificationTopicArn);
	const channels = Array.from({ length: 1000 }, (_, index) =>
		index % 100 === 50 ? `no channel ${index}` : `#channel-${index}`,
	);
	const data = { channels, note: 'Closed.' };
	const { task, seen } = await follow(client, data);
	t.match(task, { status: 'SUCCEEDED' });
	const failed = channels.filter((channel) => channel.startsWith('no'));
	t.strictSame(task['result'], { processed: 990, failed, notified: true });
	t.ok(Value.Check(ProcessChannelsResult, task['result']));
	t.notOk('progress' in task, 'what has finished has no progress');
	t.notOk(lines.some(({ message }) => message.includes('progress was not reported')));

	const messages = await (await fetch(`${stack.url}/_local/slack`)).json();
	t.match(messages, [
		{
			text: 'process-channels: 990 of 1000 channels processed, 10 failed',
			blocks: [
				{ type: 'section', text: { text: new RegExp(String(task['task_id'])) } },
				{
					type: 'section',
					text: { text: ['Failed:', ...failed.map((channel) => `• ${channel}`)].join('\n') },
				},
			],
		},
	]);
	t.match(messages, { length: 1 });

	t.strictSame(
		await announced(),
		[
			{
				task_id: task['task_id'],
				type: 'process-channels',
				channel: '#channel-7',
				index: 7,
				note: 'Closed.',
			},
		],
		'subscribers filter by channel',
	);

	// Progress is written at most once a second: a faster machine gets more channels at once.
	const runs = [seen];
	for (let atOnce = 4; atOnce <= 16 && runs.every(({ length }) => length < 2); atOnce *= 4) {
		const followed = await Promise.all(Array.from({ length: atOnce }, () => follow(client, data)));
		runs.push(...followed.map((run) => run.seen));
	}
	t.ok(
		runs.some(({ length }) => length >= 2),
		'progress rises',
	);
	for (const run of runs) {
		t.strictSame(
			run,
			run.toSorted((a, b) => a - b),
			'progress never falls',
		);
	}
});

test('invalid input is rejected and starts nothing', async (t) => {
	const { post } = await boot(t);
	for (const [data, loc] of [
		[{ channels: [] }, ['body', 'data', 'channels']],
		[{ channels: Array.from({ length: 1001 }, () => 'a') }, ['body', 'data', 'channels']],
		[{ channels: ['a', 'c'.repeat(81)] }, ['body', 'data', 'channels', 1]],
		[{ channels: ['a'], note: 'n'.repeat(3001) }, ['body', 'data', 'note']],
		[{ channels: ['a'], more: true }, ['body', 'data', 'more']],
	] as const) {
		t.match(await post({ type: 'process-channels', data }), { status: 422, body: { errors: [{ loc }] } });
	}
});

test('Slack is rate-limited, then down, then recovers', async (t) => {
	const answers = [429, 500, 200];
	const slack = await startHttpReceiver(t, (response, number) => {
		response.writeHead(answers[number] ?? 200, { 'retry-after': '3000' }).end();
	});
	const { clock, happened, post, finished } = await boot(t, `${slack.url}/services/webhook-secret`);
	const { body } = await post({ type: 'process-channels', data: { channels: ['#a', '#b'] } });
	await happened(body, 'WaitStateEntered', 1);
	t.equal(slack.requests.length, 1, 'waits for Retry-After');
	// Slack's Retry-After, capped at the maximum wait; then the maximum delay before the next attempt.
	clock.advance(300_000);
	await happened(body, 'LambdaFunctionFailed', 1);
	clock.advance(2000);
	t.match(await finished(body['task_id']), {
		status: 'SUCCEEDED',
		result: { processed: 2, failed: [], notified: true },
	});
	t.equal(slack.requests.length, 3);
});

test('Slack stays down after the last retry', async (t) => {
	const slack = await startHttpReceiver(t, (response) => void response.writeHead(500).end());
	const { clock, lines, happened, post, finished } = await boot(t, `${slack.url}/services/webhook-secret`);
	const { body } = await post({ type: 'process-channels', data: { channels: ['#a'] } });
	for (let attempt = 1; attempt <= 5; attempt++) {
		await happened(body, 'LambdaFunctionFailed', attempt);
		clock.advance(20_000);
	}
	t.match(await finished(body['task_id']), {
		status: 'SUCCEEDED',
		result: { processed: 1, failed: [], notified: false },
	});
	t.equal(slack.requests.length, 6);
	t.notOk(lines.some((line) => JSON.stringify(line).includes('webhook-secret')));
});
