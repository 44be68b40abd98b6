import { test } from 'tap';
import { createTestApi, GREETING } from '../support/api.ts';

const MINUTE = 60_000;
const AT_NINE = '2026-01-01T09:00:00.000Z';

test('a task with a delay shows its time, and its message is delayed', async (t) => {
	const { post, published, request } = createTestApi(t);
	const { status, body, headers } = await post({ ...GREETING, delay_seconds: 300 });
	t.match(
		{ status, body },
		{
			status: 202,
			body: { status: 'PENDING', run_at: '2026-01-01T00:05:00.000Z', started_at: undefined },
		},
	);
	t.equal(headers['retry-after'], '30', 'nothing changes before that');
	t.match(published, [{ delaySeconds: 300 }]);
	t.match((await request('GET', String(headers.location))).body, { run_at: '2026-01-01T00:05:00.000Z' });
});

test('a time with any offset is accepted, and one that has passed starts the task at once', async (t) => {
	const { post, published } = createTestApi(t);
	const later = await post({ ...GREETING, run_at: '2026-01-01T10:00:00+01:00' });
	t.match(later, { status: 202, body: { run_at: AT_NINE } });
	t.strictSame(published, [], 'the reconciler sends its message 14 minutes ahead');
	const past = await post({ ...GREETING, run_at: '2020-02-29T00:00:00Z' });
	t.equal(past.status, 202);
	t.notOk('run_at' in Object(past.body));
	t.match(published, [{ delaySeconds: 0 }]);
});

test('an invalid start is refused', async (t) => {
	const { post, published } = createTestApi(t);
	for (const [start, loc] of [
		[{ run_at: AT_NINE, delay_seconds: 1 }, 'run_at'],
		[{ run_at: '2027-01-01T00:00:01Z' }, 'run_at'],
		[{ run_at: '2026-02-30T00:00:00Z' }, 'run_at'],
		[{ run_at: '2026-01-01T09:00:00' }, 'run_at'],
		[{ run_at: '2026-01-01T09:00:00+01' }, 'run_at'],
		[{ run_at: 1 }, 'run_at'],
		[{ delay_seconds: -1 }, 'delay_seconds'],
		[{ delay_seconds: 1.5 }, 'delay_seconds'],
		[{ delay_seconds: 31_536_001 }, 'delay_seconds'],
	] as const)
		t.match(
			await post({ ...GREETING, ...start }),
			{ status: 422, body: { errors: [{ loc: ['body', loc] }] } },
			JSON.stringify(start),
		);
	t.strictSame(published, []);
	t.equal(
		(await post({ ...GREETING, run_at: '2027-01-01T00:00:00Z' })).status,
		202,
		'exactly one year ahead',
	);
});

test('an idempotency key covers the start as the client wrote it', async (t) => {
	const { post, advance } = createTestApi(t);
	const KEY = { 'idempotency-key': 'later' };
	const first = await post({ ...GREETING, delay_seconds: 60 }, KEY);
	advance(5000);
	const again = await post({ ...GREETING, delay_seconds: 60 }, KEY);
	t.equal(again.headers['idempotency-replayed'], 'true');
	t.strictSame(again.body, first.body, 'a replay does not move the time');
	for (const other of [{}, { delay_seconds: 61 }, { run_at: '2026-01-01T00:01:00Z' }])
		t.match(await post({ ...GREETING, ...other }, KEY), { status: 422 });
});

test('a cancel before the time ends the task without an execution', async (t) => {
	const { post, request, stopped, advance, published } = createTestApi(t);
	const { headers } = await post({ ...GREETING, delay_seconds: 600 });
	const path = String(headers.location);
	advance(MINUTE);
	t.match(await post({ reason: 'Not today.' }, {}, `${path}/cancel`), {
		status: 202,
		body: {
			status: 'ABORTED',
			error: { code: 'Cancelled', message: 'Not today.' },
			cancel_requested_at: '2026-01-01T00:01:00.000Z',
			finished_at: '2026-01-01T00:01:00.000Z',
			started_at: undefined,
			links: { cancel: undefined, redrive: `${path}/redrive` },
		},
	});
	t.strictSame(stopped, []);
	t.equal((await request('POST', `${path}/cancel`)).status, 409);
	t.equal(published.length, 1);
});

test('a cancel right before the time is left to Step Functions', async (t) => {
	const { post, stopped, advance } = createTestApi(t);
	const { headers } = await post({ ...GREETING, delay_seconds: 60 });
	advance(MINUTE - 5000);
	t.match(await post({}, {}, `${String(headers.location)}/cancel`), {
		status: 202,
		body: { status: 'PENDING', cancel_requested_at: String },
	});
	t.equal(stopped.length, 1);
});

test('a list selects the tasks that wait for their time', async (t) => {
	const { post, request, advance } = createTestApi(t);
	const { body: later } = await post({ ...GREETING, delay_seconds: 60 });
	const { body: now } = await post(GREETING);
	const list = async (query: string) => {
		const { body } = await request('GET', `/v1/tasks?scheduled=${query}`);
		return Object(body).tasks.map((task: { task_id: string }) => task.task_id);
	};
	t.strictSame(await list('true'), [Object(later).task_id]);
	t.strictSame(await list('false'), [Object(now).task_id]);
	advance(MINUTE);
	t.strictSame(await list('true'), []);
	t.equal((await request('GET', '/v1/tasks?scheduled=yes')).status, 422);
});

test('each task of a batch has its own start', async (t) => {
	const { post, published } = createTestApi(t);
	const { body } = await post(
		{
			tasks: [
				GREETING,
				{ ...GREETING, delay_seconds: 5 },
				{ ...GREETING, run_at: AT_NINE, delay_seconds: 5 },
			],
		},
		{},
		'/v1/tasks/batch',
	);
	t.match(body, {
		results: [
			{ status: 202 },
			{ status: 202, task: { run_at: '2026-01-01T00:00:05.000Z' } },
			{ status: 422, problem: { errors: [{ loc: ['body', 'run_at'] }] } },
		],
	});
	t.equal(published.length, 2);
});
