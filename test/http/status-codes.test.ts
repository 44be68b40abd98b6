import { gzipSync } from 'node:zlib';
import { test } from 'tap';
import { retryAfterSeconds } from '../../src/http/tasks/task-response.ts';
import { ServiceUnavailableError } from '../../src/tasks/service-unavailable.ts';
import { createTestApi, GREETING } from '../support/api.ts';
import { EXAMPLE_TASK_ID } from '../support/example-task.ts';

const unavailable = () => Promise.reject(new ServiceUnavailableError('DynamoDB', { retryAfterSeconds: 7 }));

test('an unavailable service is 503 with Retry-After on every operation', async (t) => {
	const api = createTestApi(t, {
		createTask: unavailable,
		getTask: unavailable,
		listTasks: unavailable,
		cancelTask: unavailable,
		redriveTask: unavailable,
		rerunTask: unavailable,
	});
	const task = `/v1/tasks/${EXAMPLE_TASK_ID}`;
	for (const [method, path] of [
		['GET', task],
		['GET', '/v1/tasks'],
		['GET', `${task}/events`],
		['POST', `${task}/cancel`],
		['POST', `${task}/redrive`],
		['POST', `${task}/rerun`],
	] as const)
		t.match(
			await api.request(method, path),
			{ status: 503, headers: { 'retry-after': '7' }, body: { type: '/problems/unavailable' } },
			`${method} ${path}`,
		);
	t.match(await api.post(GREETING), { status: 503, headers: { 'retry-after': '7' } });
	const batch = await api.post({ tasks: [GREETING] }, {}, '/v1/tasks/batch');
	t.match(batch.body, {
		results: [{ status: 503, problem: { type: '/problems/unavailable' }, retry_after_seconds: 7 }],
	});
	t.notMatch(JSON.stringify(batch.body), /DynamoDB/, 'no name of a service leaves the API');
});

test('an unknown outcome is 503 that asks for the same Idempotency-Key', async (t) => {
	const createTask = async () => ({ kind: 'unconfirmed', retryAfterSeconds: 3 }) as const;
	const { post } = createTestApi(t, { createTask });
	const detail = /may have been accepted.*same Idempotency-Key/;
	t.match(await post(GREETING), { status: 503, headers: { 'retry-after': '3' }, body: { detail } });
	const { body } = await post({ tasks: [GREETING] }, {}, '/v1/tasks/batch');
	t.match(body, { results: [{ status: 503, problem: { detail }, retry_after_seconds: 3 }] });
});

test('an Idempotency-Key covers a whole batch', async (t) => {
	const { post, published, advance } = createTestApi(t);
	const headers = { 'idempotency-key': '"import-1"' };
	const tasks = [GREETING, GREETING, { ...GREETING, idempotency_key: 'own' }];
	const first = Object((await post({ tasks }, headers, '/v1/tasks/batch')).body).results;
	advance(1);
	const second = Object((await post({ tasks }, headers, '/v1/tasks/batch')).body).results;
	const ids = (results: { task: { task_id: string } }[]) => results.map(({ task }) => task.task_id);
	t.equal(new Set(ids(first)).size, 3, 'each position has a key of its own');
	t.strictSame(ids(second), ids(first));
	t.match(second, [{ replayed: true }, { replayed: true }, { replayed: true }]);
	for (const result of first) t.notOk('replayed' in result);
	t.equal(published.length, 3);
	const changed = { ...GREETING, data: { name: 'Eve' } };
	t.match((await post({ tasks: [changed] }, headers, '/v1/tasks/batch')).body, {
		results: [{ status: 422, problem: { type: '/problems/idempotency-key-reused' } }],
	});
	t.equal((await post({ tasks }, { 'idempotency-key': 'a b' }, '/v1/tasks/batch')).status, 400);
});

test('a task above the limit of a batch has retry_after_seconds', async (t) => {
	const { post } = createTestApi(t, { allowed: 1 });
	t.match((await post({ tasks: [GREETING, GREETING] }, {}, '/v1/tasks/batch')).body, {
		results: [{ status: 202 }, { status: 429, retry_after_seconds: 17 }],
	});
});

test('a task counts by its weight, and redrives and events are limited too', async (t) => {
	const channels = Array.from({ length: 1000 }, (_, index) => `#c${index}`);
	const { post, accepted, report, request } = createTestApi(t, { allowed: 101 });
	const task = await accepted();
	t.equal((await post({ type: 'process-channels', data: { channels } })).status, 202, 'weighs 100');
	t.equal((await post(GREETING)).status, 429);
	await report(task, 'FAILED');
	const path = `/v1/tasks/${task.taskId}`;
	for (const [method, operation] of [
		['POST', 'redrive'],
		['GET', 'events'],
	] as const)
		t.match(await request(method, `${path}/${operation}`), {
			status: 429,
			headers: { 'retry-after': '17' },
			body: { type: '/problems/rate-limited' },
		});
});

test('a time filter must be a complete RFC 3339 time', async (t) => {
	const { request } = createTestApi(t);
	const list = async (time: string) =>
		(await request('GET', `/v1/tasks?created_after=${encodeURIComponent(time)}`)).status;
	for (const time of ['2026-11-20T09:30:00+01:00', '2026-11-20T09:30:00Z', '2026-11-20T09:30:00.123456Z'])
		t.equal(await list(time), 200, time);
	for (const time of ['2026-11-20T09:30:00+01', '2026-11-20T09:30:00', '2026-11-20', '2026-11-20T09:30:60Z'])
		t.equal(await list(time), 422, time);
});

test('Retry-After counts from the redrive, and is short while a task reports progress or is being cancelled', async (t) => {
	const created = { createdAtMs: 0, updatedAtMs: 0, redriveCount: 0, status: 'RUNNING' } as const;
	const expecting = (expectedSeconds: number, reportsProgress = false) => ({
		expectedSeconds,
		reportsProgress,
	});
	const hourMs = 3_600_000;
	t.equal(retryAfterSeconds(created, expecting(1), hourMs), 30);
	t.equal(retryAfterSeconds({ ...created, redriveCount: 1, updatedAtMs: hourMs }, expecting(1), hourMs), 1);
	const progress = { percent: 10, message: '' };
	t.equal(retryAfterSeconds({ ...created, progress }, expecting(600), 1000), 2);
	t.equal(
		retryAfterSeconds({ ...created, progress }, expecting(1, true), hourMs),
		2,
		'however long it takes',
	);
	t.equal(retryAfterSeconds(created, expecting(600), 1000), 30);
	const cancelled = { ...created, cancelRequestedAtMs: 900, cancelRequestedRedrive: 0 };
	t.equal(retryAfterSeconds(cancelled, expecting(600), 1000), 2, 'a cancelled task is about to end');
	t.equal(
		retryAfterSeconds({ ...cancelled, redriveCount: 1 }, expecting(600), 1000),
		30,
		'a redrive ignores an earlier cancel',
	);
	const pending = { ...created, status: 'PENDING' } as const;
	t.equal(retryAfterSeconds(pending, expecting(600, true), 0), 2, 'from the acceptance');
	t.equal(retryAfterSeconds(pending, expecting(10, true), hourMs), 30, 'not while it cannot start');
});

test('an operation without a body accepts any content type', async (t) => {
	const { request, accepted, report } = createTestApi(t);
	const headers = { 'content-type': 'application/x-www-form-urlencoded', 'content-length': '0' };
	const task = await accepted();
	const path = `/v1/tasks/${task.taskId}`;
	t.equal(
		(await request('POST', `${path.toUpperCase().replace('/V1/TASKS', '/v1/tasks')}/cancel`, { headers }))
			.status,
		202,
	);
	await report(task, 'FAILED');
	t.equal((await request('POST', `${path}/redrive`, { headers })).status, 202);
	t.equal(
		(
			await request('POST', `${path}/cancel`, {
				headers: { 'content-type': headers['content-type'] },
				payload: 'a=b',
			})
		).status,
		415,
	);
});

test('a task id is accepted in upper case', async (t) => {
	const { request, accepted } = createTestApi(t);
	const { taskId } = await accepted();
	t.match(await request('GET', `/v1/tasks/${taskId.toUpperCase()}`), {
		status: 200,
		body: { task_id: taskId },
	});
	t.equal((await request('GET', `/v1/tasks/${taskId.toUpperCase()}/events`)).status, 200);
});

test('Vary names Accept where the form of an error depends on it', async (t) => {
	const { request } = createTestApi(t);
	t.match((await request('GET', '/v1/tasks/x')).headers['vary'], /(^|, )accept(,|$)/);
	t.notMatch((await request('GET', '/v1/health')).headers['vary'], /(^|, )accept(,|$)/);
	t.match((await request('GET', '/v1/tasks', { headers: { 'x-test-scopes': 'tasks:write' } })).headers, {
		'www-authenticate': 'Bearer error="insufficient_scope", scope="tasks:read"',
	});
});

test('a small body that expands to many values is rejected before validation', async (t) => {
	const { post } = createTestApi(t);
	const wide = { type: 'process-channels', data: { channels: Array(800).fill(0) } };
	const body = gzipSync(JSON.stringify({ tasks: Array.from({ length: 100 }, () => wide) }));
	t.ok(body.length < 8192);
	const answer = await post(body, { 'content-encoding': 'gzip' }, '/v1/tasks/batch');
	t.match(answer, { status: 422, body: { errors: [{ loc: ['body'], type: 'too_long' }] } });
	t.equal(Object(answer.body).errors.length, 1);
});
