import { type Test, test } from 'tap';
import { createClient, type NewTaskOf, TaskApiError } from '../../src/client/index.ts';
import { bootPackaged } from '../../src/local/start-stack.ts';
import { createMovableClock } from '../support/movable-clock.ts';
import { createRecordingLog } from '../support/recording-log.ts';

async function boot(t: Test, auth: 'none' | 'jwt' = 'none') {
	const { log } = createRecordingLog();
	const stack = await bootPackaged({ port: 0, auth }, { log, clock: createMovableClock() });
	t.teardown(() => stack.close());
	return stack;
}

const releaseOf = (storyId: string) =>
	({
		type: 'release',
		data: { story_id: storyId, package_ids: ['web-1', 'api-2'], environment: 'staging' },
	}) as const satisfies NewTaskOf<'release'>;

test('the client and a running stack', async (t) => {
	const { url } = await boot(t);
	const client = createClient({ baseUrl: url });

	await t.test('a created task is waited for', async (t) => {
		const task = await client.create({ type: 'greeting', data: { name: 'Ada' }, tags: { team: 'billing' } });
		t.match(await client.wait(task), { status: 'SUCCEEDED', result: { message: 'Hello Ada' } });
		const held = await client.create({ type: 'greeting', data: { name: 'Bob' } }, { holdSeconds: 20 });
		t.equal(held.status, 'SUCCEEDED');
		t.equal(held.result?.message, 'Hello Bob');
		t.match(await client.result(held), { message: 'Hello Bob' });
		const states: string[] = [];
		for await (const { state } of client.events(held)) states.push(state);
		t.ok(states.length > 2, states.join());
		const listed: string[] = [];
		for await (const { task_id } of client.list({ tag: 'team:billing', limit: 1 })) listed.push(task_id);
		t.strictSame(listed, [task.task_id]);
	});

	await t.test('a key repeats a creation and a rerun', async (t) => {
		const task = { type: 'greeting', data: { name: 'Ada' } } as const;
		const first = await client.create(task, { idempotencyKey: 'first', holdSeconds: 20 });
		t.equal((await client.create(task, { idempotencyKey: 'first' })).task_id, first.task_id);
		const rerun = await client.rerun(first, { idempotencyKey: 'again' });
		t.equal(rerun.rerun_of, first.task_id);
		t.equal((await client.rerun(first, { idempotencyKey: 'again' })).task_id, rerun.task_id);
	});

	await t.test('a batch accepts and rejects each task on its own', async (t) => {
		const results = await client.createBatch([
			{ type: 'greeting', data: { name: 'Ada' } },
			{ type: 'greeting', data: { name: '' } },
		]);
		t.match(results, [
			{ status: 202, task: { type: 'greeting' } },
			{ status: 422, problem: { status: 422 } },
		]);
	});

	await t.test('a polite wait sees the progress of a task', async (t) => {
		// They take several seconds, so that a poll finds the task at work.
		const channels = Array.from({ length: 300 }, (_, index) => `#channel-${index}`);
		const task = await client.create({ type: 'process-channels', data: { channels } });
		const seen: string[] = [];
		const { result } = await client.wait(task, {
			onProgress: ({ progress }) => void (progress === undefined || seen.push(progress.message)),
		});
		t.equal(result?.processed, 300);
		t.ok(seen.length > 0, 'at least one message before the end');
	});

	await t.test('an approval is answered with a token of the client’s own', async (t) => {
		const task = await client.create(releaseOf('CLIENT-1'));
		const controller = new AbortController();
		const waiting = client.wait(task, {
			holdSeconds: 20,
			signal: controller.signal,
			onProgress: ({ waiting_for }) => void (waiting_for !== undefined && controller.abort('waiting')),
		});
		await t.rejects(waiting, 'waiting');
		await t.rejects(client.wait(task, { timeoutMs: 1 }), {
			code: 'wait-timeout',
			task: { status: 'RUNNING' },
		});
		t.match(await client.getCallback('CLIENT-1'), { status: 'waiting', task_id: task.task_id });
		const answer = { status: 'success', message: 'Looks good.' } as const;
		t.strictSame(await client.answerCallback('CLIENT-1', answer), { task_id: task.task_id });
		t.match(await client.wait(task, { holdSeconds: 20 }), { status: 'SUCCEEDED' });
	});

	await t.test('a cancelled task is redriven and cancelled again', async (t) => {
		const task = await client.create(releaseOf('CLIENT-2'));
		await client.cancel(task, { reason: 'Not needed.' });
		const aborted = await client.wait(task, { holdSeconds: 20 });
		t.match(aborted, { status: 'ABORTED', error: { message: /Not needed/ } });
		await t.rejects(client.cancel(task), { code: 'conflict', status: 409, attempts: 1 });
		if (aborted.links.redrive === undefined) {
			await t.rejects(client.redrive(task), { code: 'conflict' }, 'it was cancelled before it started');
			return;
		}
		const redriven = await client.redrive(task);
		t.match(redriven, { redrive_count: 1 });
		await client.cancel(task);
		t.match(await client.wait(redriven, { holdSeconds: 20 }), { status: 'ABORTED', redrive_count: 1 });
	});

	await t.test('the task types have their schemas', async (t) => {
		const types = await client.types();
		t.ok(types.some(({ type, input_schema }) => type === 'greeting' && input_schema !== undefined));
	});

	await t.test('a rejected request has the API’s problem', async (t) => {
		const rejected = client.create({ type: 'greeting', data: { name: '' } });
		const error = await rejected.catch((thrown: unknown) => thrown);
		t.ok(error instanceof TaskApiError);
		t.match(error, { status: 422, code: 'validation', errors: [{ loc: ['body', 'data', 'name'] }] });
		await t.rejects(client.get('01932f4e-6f00-7000-8000-000000000001'), { code: 'not-found', status: 404 });
	});
});

test('a token function, where the stack requires tokens', async (t) => {
	const { url } = await boot(t, 'jwt');
	await t.rejects(createClient({ baseUrl: url }).types(), { status: 401, code: 'unauthorized' });
	const token = async (): Promise<string> => {
		const response = await fetch(`${url}/_local/tokens`, {
			method: 'POST',
			headers: { 'content-type': 'application/json' },
			body: JSON.stringify({ sub: 'ada', scope: 'task-api/tasks:read task-api/tasks:write' }),
		});
		return Object(await response.json()).access_token;
	};
	const client = createClient({ baseUrl: url, token });
	const task = await client.create({ type: 'greeting', data: { name: 'Ada' } }, { holdSeconds: 20 });
	t.equal(task.status, 'SUCCEEDED');
});
