import { test } from 'tap';
import { taskMessage } from '../../src/tasks/task-message.ts';
import { createTestApi, GREETING } from '../support/api.ts';

const POLICY = { 'ratelimit-policy': '"tasks";q=6000;w=60' };

test('every response to a request that counts against the limit shows what is left', async (t) => {
	const { post, request, accepted, report } = createTestApi(t, { allowed: 5 });
	t.match(await post(GREETING), { status: 202, headers: { ...POLICY, ratelimit: '"tasks";r=4;t=17' } });
	const task = await accepted();
	const path = `/v1/tasks/${task.taskId}`;
	t.match((await request('GET', `${path}/events`)).headers, { ratelimit: '"tasks";r=2;t=17' });
	await report(task, 'FAILED');
	t.match((await request('POST', `${path}/redrive`)).headers, { ...POLICY, ratelimit: '"tasks";r=1;t=17' });
	t.match(await post(GREETING), { status: 202, headers: { ratelimit: '"tasks";r=0;t=17' } });
	t.match(await post(GREETING), {
		status: 429,
		headers: { ...POLICY, ratelimit: '"tasks";r=0;t=17', 'retry-after': '17' },
	});
	t.notOk('ratelimit' in (await request('GET', path)).headers, 'a read is not counted');
});

test('a rerun and a batch show what is left after their tasks', async (t) => {
	const { post, request, accepted, report, inputs } = createTestApi(t, { allowed: 10 });
	const batch = await post({ tasks: [GREETING, GREETING, { type: 'greeting' }] }, {}, '/v1/tasks/batch');
	t.match(batch.headers, { ...POLICY, ratelimit: '"tasks";r=8;t=17' });
	const task = await accepted();
	await report(task, 'FAILED');
	inputs.set(task.taskId, taskMessage(task));
	const rerun = await request('POST', `/v1/tasks/${task.taskId}/rerun`);
	t.match(rerun, { status: 202, headers: { ...POLICY, ratelimit: '"tasks";r=6;t=17' } });
});

test('a stage without a limit shows none', async (t) => {
	const { request, accepted, report } = createTestApi(t, { acceptanceLimit: undefined });
	const task = await accepted();
	await report(task, 'FAILED');
	const { status, headers } = await request('POST', `/v1/tasks/${task.taskId}/redrive`);
	t.equal(status, 202);
	t.notOk('ratelimit' in headers || 'ratelimit-policy' in headers);
});
