import { test } from 'tap';
import { createClient } from '../../src/client/index.ts';
import { clientOf, problem, START_MS, taskBody } from './receive-client.ts';

const TASK_ID = taskBody().task_id;

test('a lost response is repeated with the same idempotency key after a growing backoff', async (t) => {
	const accepted = { status: 202, body: taskBody() };
	const { client, requests, sleeps } = await clientOf(t, [undefined, undefined, undefined, accepted]);
	await client.create({ type: 'greeting', data: { name: 'Ada' } });
	t.strictSame(sleeps, [125, 250, 500], 'at least half of the backoff');
	t.strictSame(
		requests.map(({ headers }) => headers['idempotency-key']),
		['"key-1"', '"key-1"', '"key-1"', '"key-1"'],
	);
	await client.create({ type: 'greeting', data: { name: 'Ada' } });
	t.equal(requests[4]?.headers['idempotency-key'], '"key-2"', 'another call has another key');
});

test('429 and 503 are repeated after Retry-After, in seconds or as a date', async (t) => {
	const date = new Date(START_MS + 10_000).toUTCString();
	const { client, sleeps } = await clientOf(t, [
		problem(429, 'rate-limited', { 'retry-after': '7' }),
		problem(503, 'unavailable', { 'retry-after': date }),
		{ status: 502 },
		{ body: taskBody() },
	]);
	t.equal((await client.get(TASK_ID)).task_id, TASK_ID);
	t.strictSame(sleeps, [7000, 3000, 500]);
});

test('the fourth failure is reported', async (t) => {
	const unavailable = await clientOf(t, [problem(503, 'unavailable', { 'retry-after': '1' })]);
	await t.rejects(unavailable.client.get(TASK_ID), {
		status: 503,
		code: 'unavailable',
		detail: 'Detail of unavailable.',
		retryAfterSeconds: 1,
		attempts: 4,
	});
	t.equal(unavailable.requests.length, 4);

	const broken = await clientOf(t, [undefined]);
	await t.rejects(broken.client.get(TASK_ID), {
		status: 0,
		code: 'network',
		detail: new RegExp(`^GET /v1/tasks/${TASK_ID} got no response: .+`),
		attempts: 4,
		cause: Error,
	});
	t.equal(broken.requests.length, 4);
});

test('maxAttempts limits the requests of a call', async (t) => {
	const { client, requests } = await clientOf(t, [undefined], { maxAttempts: 1 });
	await t.rejects(client.get(TASK_ID), { code: 'network', attempts: 1 });
	t.equal(requests.length, 1);
});

test('a Retry-After above a minute is reported at once', async (t) => {
	const { client, requests, sleeps } = await clientOf(t, [
		problem(429, 'rate-limited', { 'retry-after': '61' }),
	]);
	await t.rejects(client.get(TASK_ID), { code: 'rate-limited', retryAfterSeconds: 61 });
	t.equal(requests.length, 1);
	t.strictSame(sleeps, []);
});

test('an abort ends a request and a backoff with the reason of the signal', async (t) => {
	const { client, requests } = await clientOf(t, [undefined]);
	const reason = new Error('closed');
	await t.rejects(client.get(TASK_ID, { signal: AbortSignal.abort(reason) }), reason);
	t.equal(requests.length, 0);

	const controller = new AbortController();
	const slow = createClient({
		baseUrl: 'http://unused',
		fetch: (_input, init) =>
			new Promise((_resolve, reject) => {
				init?.signal?.addEventListener('abort', () => reject(init.signal?.reason));
				controller.abort(reason);
			}),
	});
	await t.rejects(slow.get(TASK_ID, { signal: controller.signal }), reason);

	const later = new AbortController();
	const failing = createClient({
		baseUrl: 'http://unused',
		async fetch() {
			queueMicrotask(() => setImmediate(() => later.abort(reason)));
			return new Response(null, { status: 503, headers: { 'retry-after': '50' } });
		},
	});
	await t.rejects(failing.get(TASK_ID, { signal: later.signal }), reason, 'the system timer ends');
});

test('a conflict after a lost response is no error if the first request was processed', async (t) => {
	const conflict = problem(409, 'conflict');
	const redriven = await clientOf(t, [undefined, conflict, { body: taskBody({ status: 'RUNNING' }) }]);
	t.match(await redriven.client.redrive(TASK_ID), { status: 'RUNNING' });
	const cancelled = await clientOf(t, [undefined, conflict, { body: taskBody({ status: 'ABORTED' }) }]);
	t.match(await cancelled.client.cancel(TASK_ID), { status: 'ABORTED' });

	const succeeded = await clientOf(t, [undefined, conflict, { body: taskBody({ status: 'SUCCEEDED' }) }]);
	await t.rejects(succeeded.client.redrive(TASK_ID), { code: 'conflict', attempts: 2 });
	const first = await clientOf(t, [conflict]);
	await t.rejects(first.client.redrive(TASK_ID), { code: 'conflict', attempts: 1 });
	t.equal(first.requests.length, 1);
});

test('an answer to a callback is repeated, and a conflict is no error if the answer is the same', async (t) => {
	const token = { status: 201, body: { token: 'own', principal: 'ada' } };
	const callback = (message: string) => ({
		body: { callback_key: 'K', task_id: TASK_ID, answer: { status: 'success', message } },
	});
	const answer = { status: 'success', message: 'Looks good.' } as const;
	const conflict = problem(409, 'conflict');
	const own = await clientOf(t, [token, undefined, conflict, callback('Looks good.')]);
	t.strictSame(await own.client.answerCallback('K', answer), { task_id: TASK_ID });
	const other = await clientOf(t, [token, undefined, conflict, callback('Fine.')]);
	await t.rejects(other.client.answerCallback('K', answer), { code: 'conflict', attempts: 2 });
	const first = await clientOf(t, [token, conflict]);
	await t.rejects(first.client.answerCallback('K', answer), { code: 'conflict', attempts: 1 });
});
