import { test } from 'tap';
import { executionName, taskMessage } from '../../src/tasks/task-message.ts';
import { CREATED_MS, createWorld, inputOf, pendingTask, running } from './create-world.ts';

const TASK = pendingTask(1);

test('a duplicate message starts one execution', async (t) => {
	const { start, calls, known, lines } = await createWorld();
	await start(inputOf(TASK), 'trace-a');
	await start(inputOf(TASK), 'trace-b');
	t.equal(known.size, 1);
	t.match(known.get(executionName(TASK)), { input: inputOf(TASK) }, 'traceparent is not part of the input');
	t.strictSame(new Set(calls.started), new Set([executionName(TASK)]));
	t.ok(lines.every((line) => line['task_id'] === TASK.taskId));
});

test('a malformed message is rejected', async (t) => {
	const { start, calls } = await createWorld();
	for (const body of ['{', 'null', '{"task_id":1}'])
		await t.rejects(start(body), { code: 'unexpected-shape' });
	t.strictSame(calls.started, []);
});

test('a message without a row starts nothing, whatever its age', async (t) => {
	const { start, calls, lines, rows } = await createWorld();
	await start(inputOf(pendingTask(2)));
	await start(inputOf({ ...TASK, createdAtMs: TASK.createdAtMs + 1 }));
	await start(inputOf({ ...TASK, principal: 'eve' }));
	t.strictSame(
		lines.map(({ message }) => message),
		Array(3).fill('ignored start message without a task'),
	);
	await start(taskMessage({ ...TASK, data: { name: 'Eve' } }));
	t.match(lines.at(-1), { level: 'error', message: 'ignored start message that differs from its task' });
	t.strictSame(calls.started, []);
	t.match(await rows.get(TASK), { status: 'PENDING', revision: 1 });
});

test('a message of a started or finished task starts nothing', async (t) => {
	const { start, calls, rows } = await createWorld();
	await rows.applyReport(TASK, { status: 'RUNNING', redriveCount: 0, startedAtMs: 1 });
	await start(inputOf(TASK));
	const failed = {
		status: 'FAILED',
		isInferred: true,
		redriveCount: 0,
		startedAtMs: 1,
		stoppedAtMs: CREATED_MS,
	} as const;
	await rows.applyReport(TASK, failed);
	await start(inputOf(TASK));
	await rows.create(pendingTask(2));
	await rows.applyReport(pendingTask(2), failed);
	await start(inputOf(pendingTask(2)));
	t.strictSame(calls.started, []);
});

test('a task that was cancelled before it began is stopped right after its start', async (t) => {
	const { start, calls, rows } = await createWorld();
	await rows.requestCancel(TASK, TASK.createdAtMs);
	await start(inputOf(TASK));
	t.equal(calls.started.length, 1);
	t.strictSame(calls.stopped, [TASK.taskId]);
});

test('a transient failure rejects the message and leaves the task pending with its data', async (t) => {
	const { start, outage, rows } = await createWorld();
	outage.isOn = true;
	for (let receive = 0; receive < 5; receive++)
		await t.rejects(start(inputOf(TASK)), { code: 'unavailable' });
	t.match(await rows.get(TASK), { status: 'PENDING', data: TASK.data, revision: 1 });
});

test('a permanent rejection ends the task at once and keeps its data for a redrive', async (t) => {
	const { start, outage, rows } = await createWorld();
	outage.startRejection = 'The input is invalid.';
	await start(inputOf(TASK));
	t.match(await rows.get(TASK), {
		status: 'FAILED',
		error: { code: 'StartFailed', message: 'The task could not be started.' },
		data: TASK.data,
		expiresAtSeconds: Number,
	});
});

test('an execution that ended before a repeated message is not started again', async (t) => {
	const { start, known, lines } = await createWorld();
	const ended = { ...running(TASK), status: 'FAILED', stoppedAtMs: TASK.createdAtMs + 9 } as const;
	known.set(executionName(TASK), ended);
	await start(inputOf(TASK));
	t.strictSame(known.get(executionName(TASK)), ended);
	t.match(lines.at(-1), { message: 'execution already started' });
});

test('a message more than a second before the time of the start is ignored', async (t) => {
	const later = { ...TASK, runAtMs: CREATED_MS + 5000 };
	const { start, calls, advance, lines } = await createWorld({ tasks: [later] });
	advance(3999);
	await start(inputOf(later));
	t.match(lines, [{ level: 'warn', message: 'ignored start message before its time' }]);
	t.strictSame(calls.started, []);
	advance(1);
	await start(inputOf(later));
	t.equal(calls.started.length, 1);
});
