import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { test } from 'tap';
import { createTaskEntity } from '../../src/aws/task-entity.ts';
import { bootPackaged } from '../../src/local/start-stack.ts';
import { LOCAL_CREDENTIALS, type Stack } from '../../src/local-aws/index.ts';
import { createClient } from '../support/client.ts';
import { createMovableClock } from '../support/movable-clock.ts';
import { createRecordingLog } from '../support/recording-log.ts';

const GREETING = { type: 'greeting', data: { name: 'Ada' } };

/** Changes the time of a task's start and of its next check. Functions read the system clock, so the row is moved. */
async function moveStart(
	{ awsEndpoint, region, outputs }: Stack,
	taskId: string,
	{ runAtMs, checkAtMs }: { readonly runAtMs: number; readonly checkAtMs: number },
): Promise<void> {
	const client = new DynamoDBClient({ endpoint: awsEndpoint, region, credentials: LOCAL_CREDENTIALS });
	try {
		const tasks = createTaskEntity(client, String(outputs['TaskTable']));
		await tasks
			.update({ principal: 'local', taskId })
			.set({ runAtMs, check_at_ms: checkAtMs })
			.go({ response: 'none' });
	} finally {
		client.destroy();
	}
}

test('tasks start at their time', async (t) => {
	const { log } = createRecordingLog();
	const clock = createMovableClock();
	const stack = await bootPackaged({ port: 0, auth: 'none' }, { log, clock });
	t.teardown(() => stack.close());
	const client = createClient(stack.url);
	const startedIn = ({ started_at, run_at }: Readonly<Record<string, unknown>>) =>
		Date.parse(String(started_at)) - Date.parse(String(run_at));

	await t.test('a delay within 15 minutes is the delay of the message', async (t) => {
		const { body } = await client.accepted({ ...GREETING, delay_seconds: 2 });
		t.match(body, { status: 'PENDING', run_at: String, started_at: undefined });
		const ended = await client.finished(body['task_id']);
		t.match(ended, { status: 'SUCCEEDED', run_at: body['run_at'] });
		t.ok(startedIn(ended) >= 0, `${startedIn(ended)} ms after its time`);
	});

	await t.test('a later start waits for the reconciler, which sends the message in time', async (t) => {
		const { body } = await client.accepted({ ...GREETING, delay_seconds: 3600 });
		t.match(await client.request('GET', '/v1/tasks?scheduled=true'), {
			body: { tasks: [{ task_id: body['task_id'] }] },
		});
		const runAtMs = Date.now() + 10_000;
		await moveStart(stack, String(body['task_id']), { runAtMs, checkAtMs: Date.now() });
		clock.advance(60_000);
		const ended = await client.finished(body['task_id']);
		t.match(ended, { status: 'SUCCEEDED', run_at: new Date(runAtMs).toISOString() });
		t.ok(startedIn(ended) >= 0, `${startedIn(ended)} ms after its time`);
		t.match(await client.request('GET', '/v1/tasks?scheduled=true'), { body: { tasks: [] } });
	});

	await t.test('a cancel before the time starts nothing, and the callback key is free again', async (t) => {
		const release = {
			type: 'release',
			data: { story_id: 'PROJ-77', package_ids: ['api-2.0.1'], environment: 'staging' },
			delay_seconds: 3600,
		};
		const { body } = await client.accepted(release);
		const path = `/v1/tasks/${String(body['task_id'])}`;
		t.equal((await client.post(release)).status, 409, 'the story has an open release');
		t.match(await client.request('POST', `${path}/cancel`), {
			status: 202,
			body: { status: 'ABORTED', started_at: undefined, error: { code: 'Cancelled' } },
		});
		t.match(await client.request('GET', `${path}/events`), { status: 200, body: { events: [] } });
		t.equal((await client.post(release)).status, 202);
	});
});
