import { randomUUID } from 'node:crypto';
import { test } from 'tap';
import { claimKey } from '../../src/tasks/claim-check.ts';
import { executionName, taskMessage } from '../../src/tasks/task-message.ts';
import { createTestApi, GREETING } from '../support/api.ts';
import { EXAMPLE_TASK_ID, exampleTask } from '../support/example-task.ts';

test('a cancel is stored in the row and requested from Step Functions', async (t) => {
	const { request, post, accepted, report, stopped } = createTestApi(t);
	const task = await accepted();
	const path = `/v1/tasks/${task.taskId}`;
	const answer = await post({ reason: 'No longer needed.' }, {}, `${path}/cancel`);
	t.match(answer, {
		status: 202,
		body: {
			status: 'PENDING',
			cancel_requested_at: '2026-01-01T00:00:00.000Z',
			links: { cancel: `${path}/cancel` },
		},
	});
	t.strictSame(stopped, [{ taskId: task.taskId, reason: 'No longer needed.' }]);
	t.equal((await request('POST', `${path}/cancel`)).status, 202, 'without a body, and again');
	await report(task, 'ABORTED');
	t.match(await request('POST', `${path}/cancel`), { status: 409, body: { type: '/problems/conflict' } });
	t.match((await request('GET', path)).body, {
		status: 'ABORTED',
		cancel_requested_at: '2026-01-01T00:00:00.000Z',
		links: { cancel: undefined, redrive: `${path}/redrive` },
	});
});

test('a cancel that Step Functions rejects for now remains requested', async (t) => {
	const { request, accepted, executions, lines } = createTestApi(t);
	executions.stop = async () => {
		throw new Error('throttled');
	};
	const task = await accepted();
	t.match(await request('POST', `/v1/tasks/${task.taskId}/cancel`), {
		status: 202,
		body: { cancel_requested_at: String },
	});
	t.match(lines, [{ level: 'error', task_id: task.taskId, error: { message: 'throttled' } }]);
});

test('a bad cancel changes nothing', async (t) => {
	const { post, accepted, stopped, store } = createTestApi(t);
	const task = await accepted();
	const url = `/v1/tasks/${task.taskId}/cancel`;
	for (const body of [{ reason: '' }, { reason: 1 }, { reason: 'x'.repeat(1001) }, { why: 'x' }, []]) {
		t.equal((await post(body, {}, url)).status, 422, JSON.stringify(body));
	}
	t.equal((await post('{', {}, url)).status, 400);
	t.strictSame(stopped, []);
	t.strictSame(await store.get(task), task);
});

test('a redrive resumes a failed task and clears its cancel request', async (t) => {
	const { request, accepted, report, advance } = createTestApi(t);
	const task = await accepted();
	const path = `/v1/tasks/${task.taskId}`;
	t.match(await request('POST', `${path}/redrive`), { status: 409, body: { type: '/problems/conflict' } });
	await request('POST', `${path}/cancel`);
	await report(task, 'ABORTED');
	advance(1000);
	const answer = await request('POST', `${path}/redrive`);
	t.match(answer, {
		status: 202,
		body: {
			status: 'RUNNING',
			redrive_count: 1,
			updated_at: '2026-01-01T00:00:01.000Z',
			expires_at: undefined,
		},
	});
	t.notOk('cancel_requested_at' in Object(answer.body));
	t.equal((await request('POST', `${path}/redrive`)).status, 409, 'it runs');
});

test('a task that Step Functions does not redrive is unchanged', async (t) => {
	const { request, accepted, report, executions } = createTestApi(t);
	const task = await accepted();
	const path = `/v1/tasks/${task.taskId}`;
	await report(task, 'SUCCEEDED');
	t.equal((await request('POST', `${path}/redrive`)).status, 409);
	const other = await accepted();
	await report(other, 'FAILED');
	executions.redrive = async () => ({ kind: 'notRedrivable' });
	t.equal((await request('POST', `/v1/tasks/${other.taskId}/redrive`)).status, 409);
	t.match((await request('GET', `/v1/tasks/${other.taskId}`)).body, { status: 'FAILED', redrive_count: 0 });
});

test('an expired task cannot be cancelled, redriven or revived', async (t) => {
	const { request, accepted, report, advance } = createTestApi(t);
	const task = await accepted();
	const path = `/v1/tasks/${task.taskId}`;
	await report(task, 'FAILED');
	advance(3_600_000);
	for (const operation of ['cancel', 'redrive'])
		t.equal((await request('POST', `${path}/${operation}`)).status, 410, operation);
	t.equal((await request('GET', `${path}/events`)).status, 410);
	t.equal((await request('GET', path)).status, 410);
});

test('every operation on a task of another principal is 404', async (t) => {
	const { request, accepted, stopped } = createTestApi(t);
	const task = await accepted();
	const headers = { 'x-test-principal': 'eve' };
	for (const taskId of [task.taskId, EXAMPLE_TASK_ID]) {
		for (const [method, path] of [
			['POST', 'cancel'],
			['POST', 'redrive'],
			['GET', 'events'],
		] as const) {
			t.match(await request(method, `/v1/tasks/${taskId}/${path}`, { headers }), {
				status: 404,
				body: { type: '/problems/not-found', detail: 'No task has this id.' },
			});
		}
	}
	t.match((await request('GET', '/v1/tasks', { headers })).body, { tasks: [] });
	t.strictSame(stopped, []);
});

test('list filters combine, and a cursor is valid only for its list', async (t) => {
	const { request, post, accepted, report, advance } = createTestApi(t);
	for (let index = 0; index < 5; index++) {
		const task = await accepted({
			...GREETING,
			tags: { parity: index % 2 === 0 ? 'even' : 'odd', url: 'a:b' },
		});
		if (index < 2) await report(task, 'SUCCEEDED');
		advance(1000);
	}
	const list = async (query: string, headers = {}) => request('GET', `/v1/tasks?${query}`, { headers });
	const times = async (query: string) =>
		Object((await list(query)).body).tasks.map(({ created_at }: { created_at: string }) =>
			created_at.slice(17, 19),
		);
	t.strictSame(await times(''), ['04', '03', '02', '01', '00']);
	t.strictSame(await times('status=SUCCEEDED'), ['01', '00']);
	t.strictSame(await times('status=SUCCEEDED&tag=parity:even'), ['00']);
	t.strictSame(await times('tag=url:a:b&type=greeting&limit=2'), ['04', '03']);
	t.strictSame(await times('type=order'), []);
	t.strictSame(await times('created_after=2026-01-01T00:00:01Z&created_before=2026-01-01T00:00:04.000Z'), [
		'03',
		'02',
	]);

	const first = Object((await list('limit=2&tag=url:a:b')).body);
	t.equal(first.tasks.length, 2);
	await post(GREETING);
	const cursor = encodeURIComponent(first.next_cursor);
	const second = Object((await list(`limit=2&tag=url:a:b&cursor=${cursor}`)).body);
	t.match(second.tasks, [
		{ created_at: '2026-01-01T00:00:02.000Z' },
		{ created_at: '2026-01-01T00:00:01.000Z' },
	]);
	const third = Object((await list(`tag=url:a:b&cursor=${encodeURIComponent(second.next_cursor)}`)).body);
	t.match(third, { tasks: [{ created_at: '2026-01-01T00:00:00.000Z' }], next_cursor: undefined });

	const refused = { status: 422, body: { errors: [{ loc: ['query', 'cursor'] }] } };
	t.match(await list(`cursor=${cursor}`), refused, 'of another filter');
	t.match(
		await list(`tag=url:a:b&cursor=${cursor}`, { 'x-test-principal': 'eve' }),
		refused,
		'of another principal',
	);
	for (const forged of [`${cursor}x`, `x${cursor}`, 'x', '.', cursor.replace('.', '')])
		t.match(await list(`tag=url:a:b&cursor=${forged}`), refused, forged);
});

test('an invalid list query gets a precise error', async (t) => {
	const { request } = createTestApi(t);
	for (const [query, member] of [
		['limit=0', 'limit'],
		['limit=101', 'limit'],
		['limit=x', 'limit'],
		['limit=1.5', 'limit'],
		['limit=1&limit=2', 'limit'],
		['status=DONE', 'status'],
		['tag=novalue', 'tag'],
		['created_after=yesterday', 'created_after'],
		['page=2', 'page'],
	] as const) {
		t.match(
			await request('GET', `/v1/tasks?${query}`),
			{ status: 422, body: { errors: [{ loc: ['query', member] }] } },
			query,
		);
	}
	t.equal((await request('GET', '/v1/tasks?limit=100')).status, 200);
});

test('events are paged, and long values are truncated', async (t) => {
	const { request, accepted, histories, now } = createTestApi(t);
	const task = await accepted();
	const path = `/v1/tasks/${task.taskId}/events`;
	t.match(await request('GET', path), { status: 200, body: { events: [] } });
	const at = { atMs: now() };
	histories.set(task.taskId, [
		{ ...at, id: 1, previousEventId: 0, type: 'ExecutionStarted' },
		{ ...at, id: 2, previousEventId: 0, type: 'PassStateEntered', stateName: 'One', input: '{"a":1}' },
		{ ...at, id: 3, previousEventId: 2, type: 'PassStateExited', stateName: 'One', output: '[null]' },
		{
			...at,
			id: 4,
			previousEventId: 3,
			type: 'TaskStateEntered',
			stateName: 'Two',
			input: JSON.stringify('é'.repeat(3000)),
		},
	]);
	const first = Object((await request('GET', `${path}?limit=1`)).body);
	t.match(first.events, [
		{ state: 'One', type: 'Pass', attempt: 1, status: 'SUCCEEDED', input: { a: 1 }, output: [null] },
	]);
	const second = Object(
		(await request('GET', `${path}?cursor=${encodeURIComponent(first.next_cursor)}`)).body,
	);
	t.match(second.events, [{ state: 'Two', status: 'RUNNING', input_truncated: true }]);
	t.equal(second.events[0].input, `"${'é'.repeat(2047)}`);
	t.notOk('next_cursor' in second);
	const other = await accepted();
	const foreign = `/v1/tasks/${other.taskId}/events?cursor=${encodeURIComponent(first.next_cursor)}`;
	t.equal((await request('GET', foreign)).status, 422, 'a cursor of another task');
});

test('the ETagged task has no presigned URL; its result is one request away', async (t) => {
	const { request, accepted, store, now } = createTestApi(t);
	const task = await accepted();
	const path = `/v1/tasks/${task.taskId}`;
	t.match(await request('GET', `${path}/result`), { status: 409, body: { type: '/problems/conflict' } });
	const done = { status: 'SUCCEEDED', redriveCount: 0, startedAtMs: now(), stoppedAtMs: now() } as const;
	const $claim = claimKey(task, 'Work');
	await store.applyReport(task, { ...done, result: { $claim } });
	const { body } = await request('GET', path);
	t.match(body, { status: 'SUCCEEDED', links: { result: `${path}/result`, rerun: `${path}/rerun` } });
	t.notOk('result' in Object(body));
	t.notMatch(JSON.stringify(body), /signed/);
	t.match(await request('GET', `${path}/result`), {
		status: 303,
		headers: { location: `https://bucket.example/${$claim}?signed` },
	});
	const foreign = { 'x-test-principal': 'eve' };
	t.equal((await request('GET', `${path}/result`, { headers: foreign })).status, 404);

	const small = await accepted();
	await store.applyReport(small, { ...done, result: { name: 'Ada' } });
	t.match(await request('GET', `/v1/tasks/${small.taskId}/result`), { status: 200, body: { name: 'Ada' } });
	t.equal((await request('GET', `/v1/tasks/${small.taskId}/result?file=log_url`)).status, 404);

	const failed = await accepted();
	await store.applyReport(failed, { ...done, status: 'FAILED' });
	t.match(await request('GET', `/v1/tasks/${failed.taskId}/result`), { status: 409 });
	t.equal((await request('GET', `/v1/tasks/${randomUUID()}/result`)).status, 404);
});

test('a file of a result is a stable URL that redirects to a presigned one', async (t) => {
	const { request, store, now } = createTestApi(t);
	const task = exampleTask({ type: 'release', createdAtMs: now() });
	await store.create(task);
	const execution = executionName(task);
	const result = {
		story_id: 'PROJ-1',
		environment: 'staging',
		validation: { validation_id: 'V-1', valid: true, problems: [] },
		deployment: { deployment_id: 'D-1', environment: 'staging', deployed: ['web-1'] },
		notification: { message_id: 'M-1' },
		approval: { message: 'Yes.', at: '2026-01-01T00:00:00.000Z' },
		result_url: `outputs/${execution}/result.json`,
		log_url: 'logs/another-execution/execution.log',
	};
	const done = { status: 'SUCCEEDED', redriveCount: 0, startedAtMs: now(), stoppedAtMs: now() } as const;
	await store.applyReport(task, { ...done, result });
	const path = `/v1/tasks/${task.taskId}`;
	const headers = { host: 'api.example.com', 'x-forwarded-proto': 'https' };
	const first = await request('GET', path, { headers });
	t.match(first.body, {
		result: { story_id: 'PROJ-1', result_url: `https://api.example.com${path}/result?file=result_url` },
	});
	t.strictSame((await request('GET', path, { headers })).body, first.body);
	t.match(await request('GET', `${path}/result?file=result_url`), {
		status: 303,
		headers: { location: `https://bucket.example/outputs/${execution}/result.json?signed` },
	});
	t.equal((await request('GET', `${path}/result?file=log_url`)).status, 404, 'of another execution');
	t.equal((await request('GET', `${path}/result?file=story_id`)).status, 404, 'not a file');
	t.equal((await request('GET', `${path}/result?file=../x`)).status, 422);

	const undeclared = exampleTask({
		type: 'release',
		createdAtMs: now(),
		taskId: '01932f4e-6f00-7000-8000-00000000000f',
	});
	await store.create(undeclared);
	const ownKey = `outputs/${executionName(undeclared)}/secret.json`;
	await store.applyReport(undeclared, { ...done, result: { ...result, story_id: ownKey } });
	const answer = await request('GET', `/v1/tasks/${undeclared.taskId}/result?file=story_id`);
	t.equal(answer.status, 404, 'an object of its own execution that the type does not declare as a file');
});

test('a rerun repeats neither the delay nor the own webhook of the original', async (t) => {
	const { request, post, report, store, inputs } = createTestApi(t);
	const webhook = { url: 'https://a.example/' };
	const created = await post({ ...GREETING, webhook, delay_seconds: 60 });
	const original = await store.get({ principal: 'ada', taskId: Object(created.body).task_id });
	if (original === undefined) throw new Error('no row');
	t.match(original, { webhooks: [webhook], runAtMs: Number });
	await report(original, 'FAILED');
	inputs.set(original.taskId, taskMessage(original));
	const { body } = await request('POST', `/v1/tasks/${original.taskId}/rerun`);
	const repeated = await store.get({ principal: 'ada', taskId: Object(body).task_id });
	t.match(repeated, { rerunOf: original.taskId, webhooks: undefined, runAtMs: undefined });
});

test('a rerun creates a new task with the type, data and tags of a finished one', async (t) => {
	const { request, post, accepted, store, inputs, published, now } = createTestApi(t);
	const task = await accepted();
	const path = `/v1/tasks/${task.taskId}`;
	t.equal((await request('POST', `${path}/rerun`)).status, 409, 'it is open');
	inputs.set(task.taskId, taskMessage(task));
	const done = { status: 'SUCCEEDED', redriveCount: 0, startedAtMs: now(), stoppedAtMs: now() } as const;
	await store.applyReport(task, done);
	const answer = await request('POST', `${path}/rerun`);
	const { task_id, ...body } = Object(answer.body);
	t.match(answer, { status: 202, headers: { location: `/v1/tasks/${task_id}` } });
	t.match(body, { type: task.type, status: 'PENDING', tags: task.tags, rerun_of: task.taskId });
	t.not(task_id, task.taskId);
	t.match(published.at(-1), { message: { task: { task_id }, data: task.data } });
	t.match((await request('GET', `/v1/tasks/${task_id}`)).body, { rerun_of: task.taskId });
	const keyed = { 'idempotency-key': '"rerun-1"' };
	const first = await request('POST', `${path}/rerun`, { headers: keyed });
	const repeated = await request('POST', `${path}/rerun`, { headers: keyed });
	t.match(repeated, { status: 202, headers: { 'idempotency-replayed': 'true' } });
	t.equal(
		Object(repeated.body).task_id,
		Object(first.body).task_id,
		'a repeated request creates no second task',
	);
	const { type, data, tags } = task;
	t.match(await post({ type, data, tags }, keyed), { status: 422 }, 'a creation is another request');
	const eve = { 'x-test-principal': 'eve' };
	t.equal((await request('POST', `${path}/rerun`, { headers: eve })).status, 404);
	t.equal((await request('POST', `/v1/tasks/${randomUUID()}/rerun`)).status, 404);
	t.match(await post({ type: 'greeting', data: { name: 'Ada', $claim: 'claims/x/data.json' } }), {
		status: 422,
	});
});
