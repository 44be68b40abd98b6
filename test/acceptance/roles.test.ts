import { test } from 'tap';
import { bootPackaged } from '../../src/local/start-stack.ts';
import { refused } from '../../src/local-aws/iam/policy.ts';
import { createClient } from '../support/client.ts';
import { createMovableClock } from '../support/movable-clock.ts';
import { pollUntil } from '../support/poll.ts';
import { createRecordingLog } from '../support/recording-log.ts';

/** Permissions that these tasks do not use, of one function or of all, with their use. */
const UNUSED_HERE: ReadonlyMap<string, string> = new Map([
	['logs:CreateLogStream', 'Lambda itself'],
	['logs:PutLogEvents', 'Lambda itself'],
	['xray:PutTraceSegments', 'Lambda itself'],
	['xray:PutTelemetryRecords', 'Lambda itself'],
	['sqs:ReceiveMessage', 'the event source mapping'],
	['sqs:DeleteMessage', 'the event source mapping'],
	['sqs:GetQueueAttributes', 'the event source mapping'],
	[
		'states:DescribeExecution',
		'a starter whose execution exists already; a listener whose event lacks the output',
	],
	['Api s3:GetObject', 'a presigned URL: S3 checks the role that signed it'],
	['Starter states:StopExecution', 'a task that was cancelled while it started'],
	['Starter dynamodb:UpdateItem', 'a start that Step Functions rejects for good'],
	['Starter dynamodb:PutItem', 'the delivery of an end that Step Functions rejected'],
	['Webhooks dynamodb:UpdateItem', 'the limit of tests and replays, which the laptop does not have'],
	['WebhookSender sqs:SendMessage', 'the retry of a failed attempt'],
	['ScheduleRunner scheduler:DeleteSchedule', 'the entry that a crash left of a deleted schedule'],
	['ScheduleRunner sqs:SendMessage', 'Lambda itself, after a failed invocation'],
	['Scheduler sqs:SendMessage', 'EventBridge Scheduler itself, after a failed delivery'],
	['Listener states:StopExecution', 'a task that was cancelled while it started'],
]);

/** The name of a role without the stack's prefix and the suffix that CloudFormation adds. */
const shortName = (role: string) => /task-api-local-(\w+)Role-/.exec(role)?.[1] ?? role;

test('the roles allow exactly the calls that tasks need', async (t) => {
	const { log } = createRecordingLog();
	const clock = createMovableClock();
	const stack = await bootPackaged({ port: 0, auth: 'none' }, { log, clock });
	t.teardown(() => stack.close());
	const { request, post, finished } = createClient(stack.url);
	const create = async (task: object) => String((await post(task)).body['task_id']);
	const waiting = (taskId: string) =>
		pollUntil('the approval', async () => {
			const { body } = await request('GET', `/v1/tasks/${taskId}`);
			return body['waiting_for'];
		});

	const receiver = { url: `${stack.url.replace('localhost', '127.0.0.1')}/_local/webhooks` };
	const send = (method: string, path: string, body?: object) =>
		request(
			method,
			path,
			body === undefined
				? {}
				: { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) },
		);
	const { body: webhook } = await send('POST', '/v1/webhooks', receiver);
	const webhookPath = `/v1/webhooks/${String(webhook['webhook_id'])}`;
	const greeted = await create({ type: 'greeting', data: { name: 'Ada' } });
	t.match(await finished(greeted), { status: 'SUCCEEDED' });
	const later = await create({ type: 'greeting', data: { name: 'Ada' }, delay_seconds: 1 });
	t.match(await finished(later), { status: 'SUCCEEDED' });
	t.match(await request('GET', `/v1/tasks/${greeted}/events`), { status: 200 });
	t.match(await request('GET', `/v1/tasks/${greeted}/result`), { status: 200 });
	const rerun = await request('POST', `/v1/tasks/${greeted}/rerun`);
	t.match(rerun, { status: 202, body: { rerun_of: greeted } });
	t.match(await finished(String(rerun.body['task_id'])), { status: 'SUCCEEDED' });
	t.match(await request('GET', '/v1/tasks?limit=1'), { status: 200 });
	const [delivery] = await pollUntil('the delivery', async () => {
		const { body } = await request('GET', `/v1/tasks/${greeted}/deliveries`);
		const deliveries = Object(body['deliveries']);
		return deliveries[0]?.status === 'delivered' ? deliveries : undefined;
	});
	t.match(await send('POST', `${webhookPath}/deliveries/${delivery.delivery_id}/replay`), { status: 202 });
	t.match(await send('GET', `${webhookPath}/deliveries?limit=1`), { body: { next_cursor: String } });
	t.match(await send('POST', `${webhookPath}/test`), { status: 202 });
	const order = await create({
		type: 'order',
		data: { order_id: 'o-1', items: [{ sku: 'A', quantity: 1 }] },
	});
	t.match(await finished(order), { status: 'SUCCEEDED' });
	const channels = await create({ type: 'process-channels', data: { channels: ['one'] } });
	t.match(await finished(channels), { status: 'SUCCEEDED' });
	const release = (story_id: string) =>
		create({ type: 'release', data: { story_id, package_ids: ['p'], environment: 'dev' } });
	const approved = await release('PROJ-1');
	await waiting(approved);
	const credential = String((await request('POST', '/v1/callback-tokens')).body['token']);
	const approve = (story: string) =>
		request('POST', `/v1/callbacks/${story}`, {
			headers: { authorization: `Bearer ${credential}`, 'content-type': 'application/json' },
			body: JSON.stringify({ status: 'success' }),
		});
	t.match(await approve('PROJ-1'), { status: 200 });
	t.match(await finished(approved), { status: 'SUCCEEDED' });
	const file = `${stack.url}/v1/tasks/${approved}/result?file=log_url`;
	t.equal((await fetch(file, { redirect: 'manual' })).status, 303);
	const cancelled = await release('PROJ-2');
	await waiting(cancelled);
	t.match(await request('POST', `/v1/tasks/${cancelled}/cancel`), { status: 202 });
	t.match(await finished(cancelled), { status: 'ABORTED' });
	t.match(await request('POST', `/v1/tasks/${cancelled}/redrive`), { status: 202 });
	await waiting(cancelled);
	t.match(await approve('PROJ-2'), { status: 200 });
	t.match(await finished(cancelled), { status: 'SUCCEEDED' });

	const schedule = await send('POST', '/v1/schedules', {
		name: 'Greeting',
		rate: '1 minute',
		task: { type: 'greeting', data: { name: 'Ada' } },
	});
	const schedulePath = `/v1/schedules/${String(schedule.body['schedule_id'])}`;
	t.match(await send('PATCH', schedulePath, { name: 'Greetings' }), { status: 200 });
	const runs = () => send('GET', `${schedulePath}/tasks?limit=1`);
	clock.advance(61_000);
	await pollUntil('a run', async () => Object((await runs()).body['tasks'])[0]);
	clock.advance(61_000);
	await pollUntil('a second run', async () => (await runs()).body['next_cursor']);
	t.match(await send('GET', '/v1/schedules'), { body: { schedules: { length: 1 } } });
	t.match(await send('DELETE', schedulePath), { status: 204 });

	const uses = stack.spy.uses();
	t.strictSame(
		uses.filter((use) => refused(stack.spy.roles.get(use.role) ?? [], use) !== undefined),
		[],
		'nothing was refused',
	);
	const used = new Set(uses.map(({ role, action }) => `${shortName(role)} ${action}`));
	const called = new Set(uses.map(({ role }) => role));
	const unused = [...stack.spy.roles]
		// The reconciler repairs faults, and no fault is injected here.
		.filter(([role]) => called.has(role) && shortName(role) !== 'Reconciler')
		.flatMap(([role, statements]) =>
			statements.flatMap(({ Action }) => [Action].flat().map((action) => `${shortName(role)} ${action}`)),
		)
		.filter((permission) => !used.has(permission))
		.filter((permission) => !UNUSED_HERE.has(permission) && !UNUSED_HERE.has(permission.split(' ')[1] ?? ''));
	t.strictSame(unused, [], 'no permission is unused');
});
