import { test } from 'tap';
import { exitCode, startChildStack } from '../support/child-stack.ts';
import { createClient } from '../support/client.ts';
import { pollUntil } from '../support/poll.ts';

const TASKS = 60;

test('a kill in the middle loses no accepted task, running executions included', async (t) => {
	const environment = { PORT: '0', DATA_DIR: t.testdir({}) };
	const first = await startChildStack(t, environment);
	const { post, request } = createClient(first.url);
	const accepted = await Promise.all(
		Array.from(
			{ length: TASKS },
			async (_, index) => (await post({ type: 'greeting', data: { name: `n${index}` } })).body['task_id'],
		),
	);
	const statuses = async () =>
		Promise.all(accepted.map(async (id) => (await request('GET', `/v1/tasks/${String(id)}`)).body['status']));
	await pollUntil('the first end', async () => (await statuses()).includes('SUCCEEDED') || undefined);
	first.process.kill('SIGKILL');
	await exitCode(first.process);

	const second = await startChildStack(t, environment);
	const { finished } = createClient(second.url);
	const tasks = await Promise.all(accepted.map((id) => finished(id)));
	t.strictSame(
		tasks.map(({ status, result }) => [status, Object(result).message]),
		accepted.map((_, index) => ['SUCCEEDED', `Hello n${index}`]),
	);
});

test('a signal ends the process, and the next start restores all data', async (t) => {
	const environment = { PORT: '0', DATA_DIR: t.testdir({}) };
	const first = await startChildStack(t, environment);
	const { post, finished } = createClient(first.url);
	const { body } = await post({ type: 'greeting', data: { name: 'Ada' } });
	const before = await finished(body['task_id']);
	first.process.kill('SIGTERM');
	t.equal(await exitCode(first.process), 0);

	const second = await startChildStack(t, environment);
	t.strictSame(await createClient(second.url).finished(body['task_id']), before);
	second.process.kill('SIGINT');
	t.equal(await exitCode(second.process), 0);
});
