import { setTimeout as delay } from 'node:timers/promises';
import { test } from 'tap';
import { bootPackaged } from '../../src/local/start-stack.ts';
import { refused } from '../../src/local-aws/iam/policy.ts';
import { createClient } from '../support/client.ts';
import { createMovableClock } from '../support/movable-clock.ts';
import { createRecordingLog } from '../support/recording-log.ts';

/** Permissions that these tasks do not use, of one function or of all, and who does. */
const UNTRIED: ReadonlyMap<string, string> = new Map([
	['logs:CreateLogStream', 'Lambda itself'],
	['logs:PutLogEvents', 'Lambda itself'],
	['xray:PutTraceSegments', 'Lambda itself'],
	['xray:PutTelemetryRecords', 'Lambda itself'],
	['sqs:ReceiveMessage', 'the event source mapping'],
	['sqs:DeleteMessage', 'the event source mapping'],
	['sqs:GetQueueAttributes', 'the event source mapping'],
	[
		'states:DescribeExecution',
		'a starter whose execution is there already; a listener whose event lacks the output',
	],
	['Api s3:GetObject', 'whoever follows a presigned URL: the bucket checks the role that signed it'],
	['Starter states:StopExecution', 'a task that was cancelled while it started'],
	['Listener states:StopExecution', 'a task that was cancelled while it started'],
]);

/** A role's name less the stack's and the suffix that CloudFormation adds. */
const shortName = (role: string) => /task-api-local-(\w+)Role-/.exec(role)?.[1] ?? role;

test('tasks use what the roles of their functions allow, and the roles allow no more', async (t) => {
	const { log } = createRecordingLog();
	const stack = await bootPackaged({ port: 0, auth: 'none' }, { log, clock: createMovableClock() });
	t.teardown(() => stack.close());
	const { request, post, finished } = createClient(stack.url);
	const create = async (task: object) => String((await post(task)).body['task_id']);
	const waiting = async (taskId: string) => {
		for (;;) {
			const { body } = await request('GET', `/v1/tasks/${taskId}`);
			if (body['waiting_for'] !== undefined) return;
			await delay(20);
		}
	};

	const greeted = await create({ type: 'greeting', data: { name: 'Ada' } });
	t.match(await finished(greeted), { status: 'SUCCEEDED' });
	t.match(await request('GET', `/v1/tasks/${greeted}/events`), { status: 200 });
	const failed = await create({ type: 'greeting', data: { name: ' ' } });
	t.match(await finished(failed), { status: 'FAILED' });
	t.match(await request('POST', `/v1/tasks/${failed}/redrive`), { status: 202 });
	t.match(await request('GET', `/v1/tasks/${greeted}/result`), { status: 200 });
	const rerun = await request('POST', `/v1/tasks/${greeted}/rerun`);
	t.match(rerun, { status: 202, body: { rerun_of: greeted } });
	t.match(await finished(String(rerun.body['task_id'])), { status: 'SUCCEEDED' });
	t.match(await request('GET', '/v1/tasks?limit=1'), { status: 200 });
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
	const headers = { authorization: 'Bearer local-callback-secret', 'content-type': 'application/json' };
	const body = JSON.stringify({ status: 'success' });
	t.match(await request('POST', '/v1/callbacks/PROJ-1', { headers, body }), { status: 200 });
	t.match(await finished(approved), { status: 'SUCCEEDED' });
	const file = `${stack.url}/v1/tasks/${approved}/result?file=log_url`;
	t.equal((await fetch(file, { redirect: 'manual' })).status, 303);
	const cancelled = await release('PROJ-2');
	await waiting(cancelled);
	t.match(await request('POST', `/v1/tasks/${cancelled}/cancel`), { status: 202 });
	t.match(await finished(cancelled), { status: 'ABORTED' });

	const uses = stack.spy.uses();
	t.strictSame(
		uses.filter((use) => refused(stack.spy.roles.get(use.role) ?? [], use) !== undefined),
		[],
		'nothing was refused',
	);
	const used = new Set(uses.map(({ role, action }) => `${shortName(role)} ${action}`));
	const called = new Set(uses.map(({ role }) => role));
	const unused = [...stack.spy.roles]
		.filter(([role]) => called.has(role))
		.flatMap(([role, statements]) =>
			statements.flatMap(({ Action }) => [Action].flat().map((action) => `${shortName(role)} ${action}`)),
		)
		.filter((permission) => !used.has(permission))
		.filter((permission) => !UNTRIED.has(permission) && !UNTRIED.has(permission.split(' ')[1] ?? ''));
	t.strictSame(unused, [], 'nothing is allowed in vain');
});
