import { test } from 'tap';
import { createTestApi, GREETING } from '../support/api.ts';

test('an unchanged task is 304 without a body', async (t) => {
	const { request, accepted, report } = createTestApi(t);
	const task = await accepted();
	const path = `/v1/tasks/${task.taskId}`;
	const etag = String((await request('GET', path)).headers.etag);
	for (const header of [etag, etag.replace('W/', ''), `"x", ${etag}`, '*']) {
		const answer = await request('GET', path, { headers: { 'if-none-match': header } });
		t.match(answer, { status: 304, body: '', headers: { etag, 'retry-after': '1' } }, header);
	}
	await report(task, 'RUNNING');
	const changed = await request('GET', path, { headers: { 'if-none-match': etag } });
	t.match(changed, { status: 200, body: { status: 'RUNNING' } });
	t.not(changed.headers.etag, etag);
	t.equal((await request('GET', path, { headers: { 'if-none-match': '"x"' } })).status, 200);
});

test('Retry-After is the expected duration less the elapsed time, and grows once the task is late', async (t) => {
	const { request, accepted, report, advance } = createTestApi(t);
	const task = await accepted();
	const retryAfter = async () => (await request('GET', `/v1/tasks/${task.taskId}`)).headers['retry-after'];
	t.equal(await retryAfter(), '1');
	advance(9000);
	t.equal(await retryAfter(), '2');
	advance(1_000_000);
	t.equal(await retryAfter(), '30');
	await report(task, 'SUCCEEDED');
	t.equal(await retryAfter(), undefined);
});

test('Prefer: wait holds a GET until the task has finished', async (t) => {
	const { request, accepted, report, whileWaiting, now } = createTestApi(t);
	const task = await accepted();
	const begunAtMs = now();
	let looks = 0;
	whileWaiting(async () => {
		looks += 1;
		if (looks === 2) await report(task, 'RUNNING');
		if (looks === 5) await report(task, 'SUCCEEDED');
	});
	const answer = await request('GET', `/v1/tasks/${task.taskId}`, { headers: { prefer: 'wait=10' } });
	t.match(answer, {
		status: 200,
		body: { status: 'SUCCEEDED' },
		headers: { 'preference-applied': 'wait=10' },
	});
	t.equal(now() - begunAtMs, 1000, 'seen at the next look, 200 ms later at most');
});

test('Prefer: wait with If-None-Match holds it until the task has changed', async (t) => {
	const { request, accepted, report, whileWaiting } = createTestApi(t);
	const task = await accepted();
	const path = `/v1/tasks/${task.taskId}`;
	const { etag } = (await request('GET', path)).headers;
	whileWaiting(async () => {
		await report(task, 'RUNNING');
	});
	const headers = { prefer: 'wait=10', 'if-none-match': String(etag) };
	t.match(await request('GET', path, { headers }), { status: 200, body: { status: 'RUNNING' } });
});

test('a wait ends after its time, at most 25 s', async (t) => {
	const { request, post, accepted, now } = createTestApi(t);
	const task = await accepted();
	for (const [prefer, ms, applied] of [
		['wait=3', 3000, 'wait=3'],
		['wait=600', 25_000, 'wait=25'],
		['respond-async, Wait="2"', 2000, 'wait=2'],
		['wait=0', 0, 'wait=0'],
		['wait=soon', 0, undefined],
		['wait=-1', 0, undefined],
	] as const) {
		const begunAtMs = now();
		const answer = await request('GET', `/v1/tasks/${task.taskId}`, { headers: { prefer } });
		t.match(answer, { status: 200, body: { status: 'PENDING' } });
		t.equal(answer.headers['preference-applied'], applied, prefer);
		t.equal(now() - begunAtMs, ms, prefer);
	}
	t.equal((await post(GREETING, { prefer: 'wait=1' })).status, 202, 'not finished in time');
});

test('a POST that waits answers 200 with the finished task', async (t) => {
	const { post, store, report, whileWaiting } = createTestApi(t);
	whileWaiting(async () => {
		const [task] = (await store.list('ada', { limit: 1 })).tasks;
		if (task !== undefined) await report(task, 'SUCCEEDED');
	});
	const answer = await post(GREETING, { prefer: 'wait=5' });
	t.match(answer, {
		status: 200,
		headers: { 'preference-applied': 'wait=5', location: String },
		body: { status: 'SUCCEEDED', result: { message: 'Hello Ada' } },
	});
	t.notOk('retry-after' in answer.headers);
});

test('a missing task is reported at once', async (t) => {
	const { request, now } = createTestApi(t);
	const begunAtMs = now();
	const path = '/v1/tasks/01932f4e-6f00-7000-8000-000000000001';
	t.equal((await request('GET', path, { headers: { prefer: 'wait=20' } })).status, 404);
	t.equal(now(), begunAtMs);
});

test('a wait ends when its client disconnects', async (t) => {
	const client = new AbortController();
	const { request, accepted, whileWaiting, now } = createTestApi(t, { signalOf: () => client.signal });
	const task = await accepted();
	const begunAtMs = now();
	whileWaiting(async () => client.abort());
	await request('GET', `/v1/tasks/${task.taskId}`, { headers: { prefer: 'wait=20' } });
	t.equal(now() - begunAtMs, 200);
});
