import { test } from 'tap';
import { createClient } from '../../src/client/index.ts';
import { clientOf, problem, taskBody } from './receive-client.ts';

const TASK_ID = taskBody().task_id;

const running = (etag: string, retryAfter: string, members: object = {}) => ({
	headers: { etag, 'retry-after': retryAfter },
	body: taskBody(members),
});
const unchanged = (etag: string, retryAfter: string) => ({
	status: 304,
	headers: { etag, 'retry-after': retryAfter },
});
const finished = (members: object = {}) => ({
	headers: { etag: 'W/"9"' },
	body: taskBody({ status: 'SUCCEEDED', result: { message: 'Hello Ada' }, ...members }),
});

test('wait polls by Retry-After and ETag, and reports each change', async (t) => {
	const { client, requests, sleeps } = await clientOf(t, [
		running('W/"1"', '3'),
		unchanged('W/"1"', '2'),
		running('W/"2"', '1', { progress: { percent: 50, message: 'half' } }),
		finished(),
	]);
	const seen: (number | undefined)[] = [];
	const task = await client.wait(TASK_ID, { onProgress: ({ progress }) => seen.push(progress?.percent) });
	t.match(task, { status: 'SUCCEEDED', result: { message: 'Hello Ada' } });
	t.strictSame(sleeps, [3000, 2000, 1000]);
	t.strictSame(seen, [undefined, 50, undefined], 'an unchanged task is not reported');
	t.strictSame(
		requests.map(({ headers }) => headers['if-none-match']),
		[undefined, 'W/"1"', 'W/"1"', 'W/"2"'],
	);
});

test('the first poll of a created task obeys the response to its creation', async (t) => {
	const { client, requests, sleeps } = await clientOf(t, [
		{ status: 202, ...running('W/"1"', '4', { status: 'PENDING' }) },
		unchanged('W/"1"', '1'),
		finished(),
	]);
	const task = await client.create({ type: 'greeting', data: { name: 'Ada' } });
	const { result } = await client.wait(task);
	t.equal(result?.message, 'Hello Ada', 'the type of the task determines the type of its result');
	t.strictSame(sleeps, [4000, 1000]);
	t.equal(requests[1]?.headers['if-none-match'], 'W/"1"');
});

test('a task that has finished without success is returned as well', async (t) => {
	for (const status of ['FAILED', 'TIMED_OUT', 'ABORTED']) {
		const { client } = await clientOf(t, [finished({ status, error: { code: 'X', message: 'Y' } })]);
		t.match(await client.wait(TASK_ID), { status, error: { code: 'X' } });
	}
});

test('holdSeconds lets the API hold the request, and the next one follows at once', async (t) => {
	const held = (etag: string) => {
		const { headers, body } = running(etag, '8');
		return { headers: { ...headers, 'preference-applied': 'wait=25' }, body };
	};
	const { client, requests, sleeps } = await clientOf(t, [held('W/"1"'), held('W/"2"'), finished()]);
	await client.wait(TASK_ID, { holdSeconds: 60 });
	t.strictSame(
		requests.map(({ headers }) => headers['prefer']),
		['wait=25', 'wait=25', 'wait=25'],
	);
	t.strictSame(sleeps, []);

	const created = await clientOf(t, [{ status: 202, ...running('W/"1"', '30') }, finished()]);
	const task = await created.client.create({ type: 'greeting', data: { name: 'Ada' } });
	await created.client.wait(task, { holdSeconds: 10 });
	t.strictSame(created.sleeps, [], 'the first one is not delayed either');

	const ignoring = await clientOf(t, [running('W/"1"', '2'), finished()]);
	await ignoring.client.wait(TASK_ID, { holdSeconds: 10 });
	t.strictSame(ignoring.sleeps, [2000], 'a server that ignores the preference is not polled faster');
});

test('a wait ends with a clear error once its time is over', async (t) => {
	const { client, requests, sleeps } = await clientOf(t, [running('W/"1"', '3'), unchanged('W/"1"', '30')]);
	await t.rejects(client.wait(TASK_ID, { timeoutMs: 10_000 }), {
		name: 'TaskApiError',
		code: 'wait-timeout',
		status: 0,
		detail: `Task ${TASK_ID} is still RUNNING after 10 s. It goes on; call wait again to keep waiting.`,
		task: { status: 'RUNNING' },
	});
	t.strictSame(sleeps, [3000, 7000], 'the last poll is at the end of the time');
	t.equal(requests.length, 3);
});

test('a wait continues after errors that a repetition solves, and ends with any other', async (t) => {
	const { client } = await clientOf(t, [
		running('W/"1"', '1'),
		undefined,
		problem(503, 'unavailable', { 'retry-after': '1' }),
		finished(),
	]);
	t.match(await client.wait(TASK_ID), { status: 'SUCCEEDED' });
	const gone = await clientOf(t, [running('W/"1"', '1'), problem(410, 'gone')]);
	await t.rejects(gone.client.wait(TASK_ID), { code: 'gone', status: 410 });
});

test('a wait ends when its signal aborts', async (t) => {
	const controller = new AbortController();
	const reason = new Error('page closed');
	const client = createClient({
		baseUrl: 'http://unused',
		async fetch() {
			setImmediate(() => controller.abort(reason));
			return Response.json(taskBody(), { headers: { 'retry-after': '30' } });
		},
	});
	await t.rejects(client.wait(TASK_ID, { signal: controller.signal }), reason);
});
