import { test } from 'tap';
import { nextCheckMs, selectFairly } from '../../src/executions/reconciler.ts';
import type { Task } from '../../src/tasks/task.ts';
import { executionName } from '../../src/tasks/task-message.ts';
import { CREATED_MS, createWorld, inputOf, pendingTask, running, succeeded } from './create-world.ts';

const TASK = pendingTask(1);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** A world in which the first check of every task is due. */
async function createDueWorld(tasks: readonly Task[] = [TASK]) {
	const world = await createWorld({ tasks });
	world.advance(MINUTE);
	return world;
}

test('a task that never started is published again until it starts, and is reported as stuck', async (t) => {
	const { reconcile, published, advance, recorded, rows } = await createDueWorld();
	await reconcile();
	t.strictSame(published, [TASK.taskId]);
	await reconcile();
	t.strictSame(published, [TASK.taskId], 'its next check is not due yet');
	advance(MINUTE);
	await reconcile();
	t.equal(published.length, 2);
	t.strictSame(recorded.stuckTasks, [0, 0, 0]);
	advance(14 * MINUTE + 1);
	await reconcile();
	t.equal(recorded.stuckTasks.at(-1), 1);
	t.equal((await rows.get(TASK))?.checkAtMs, CREATED_MS + 18 * MINUTE + 1, 'an eighth of its age later');
});

test('the checks of a task are one to fifteen minutes apart, and one minute while a cancel is open', async (t) => {
	const interval = (ageMs: number, members: Partial<Task>) =>
		nextCheckMs({ ...TASK, ...members }, CREATED_MS + ageMs) - CREATED_MS - ageMs;
	const isRunning = { status: 'RUNNING' } as const;
	t.equal(interval(MINUTE, isRunning), MINUTE);
	t.equal(interval(10 * MINUTE + 1, isRunning), 5 * MINUTE, 'in whole milliseconds');
	t.equal(interval(24 * HOUR, isRunning), 15 * MINUTE);
	t.equal(interval(8 * MINUTE, {}), MINUTE, 'a pending task is checked more often');
	t.equal(interval(24 * HOUR, {}), 15 * MINUTE);
	const cancelled = { ...isRunning, cancelRequestedAtMs: 1, cancelRequestedRedrive: 0 };
	t.equal(interval(24 * HOUR, cancelled), MINUTE);
});

test('a task whose status events were lost is repaired from its execution', async (t) => {
	const { reconcile, published, known, rows } = await createDueWorld();
	known.set(executionName(TASK), succeeded(TASK, '{"done":true}'));
	await reconcile();
	t.match(await rows.get(TASK), { status: 'SUCCEEDED', result: { done: true } });
	t.strictSame(published, []);
	t.strictSame((await rows.findDueTasks(Number.MAX_SAFE_INTEGER)).tasks, []);
});

test('a success with an invalid result is repaired to a failure, which no later check or dead letter changes', async (t) => {
	const { reconcile, known, rows, advance, handleDeadLetter } = await createDueWorld();
	known.set(executionName(TASK), succeeded(TASK, '{"ok":"yes"}'));
	await reconcile();
	const repaired = await rows.get(TASK);
	t.match(repaired, { status: 'FAILED', error: { code: 'ResultInvalid' } });
	advance(HOUR);
	await reconcile();
	await handleDeadLetter({
		'detail-type': 'Step Functions Execution Status Change',
		detail: { executionArn: executionName(TASK), name: executionName(TASK), status: 'SUCCEEDED' },
	});
	t.strictSame(await rows.get(TASK), repaired);
});

test('a cancel is checked within a minute, however old the task, and its stop is retried every minute', async (t) => {
	const { reconcile, known, calls, rows, outage, advance, now } = await createDueWorld();
	known.set(executionName(TASK), running(TASK));
	await reconcile();
	advance(24 * HOUR);
	await reconcile();
	await rows.requestCancel(TASK, now());
	t.ok(((await rows.get(TASK))?.checkAtMs ?? Number.NaN) <= now() + MINUTE);
	outage.isOn = true;
	advance(MINUTE);
	await reconcile();
	t.strictSame(calls.stopped, []);
	outage.isOn = false;
	advance(MINUTE);
	await reconcile();
	t.strictSame(calls.stopped, [TASK.taskId]);
});

test('an outage of an hour ends no task, and every task starts within ten minutes of its end', async (t) => {
	const tasks = Array.from({ length: 60 }, (_, index) => pendingTask(index));
	const { reconcile, published, outage, advance, rows, start, known, handleDeadLetter } =
		await createDueWorld(tasks);
	outage.isOn = true;
	for (let minute = 0; minute < 60; minute++) {
		if (minute < 5) for (const task of tasks) await t.rejects(start(inputOf(task)));
		if (minute === 5) for (const task of tasks) await handleDeadLetter(inputOf(task));
		await reconcile();
		advance(MINUTE);
	}
	t.strictSame(published, []);
	for (const task of tasks) t.match(await rows.get(task), { status: 'PENDING', data: task.data });
	outage.isOn = false;
	for (let minute = 0; minute < 10; minute++) {
		await reconcile();
		advance(MINUTE);
	}
	t.strictSame(new Set(published), new Set(tasks.map(({ taskId }) => taskId)));
	for (const task of tasks) await start(inputOf(task));
	t.equal(known.size, tasks.length);
});

test('a task that Step Functions does not know at its start deadline fails, and keeps its data', async (t) => {
	const { reconcile, advance, rows, outage, lines } = await createDueWorld();
	outage.isOn = true;
	advance(25 * HOUR);
	await reconcile();
	t.match(await rows.get(TASK), { status: 'PENDING' }, 'not while Step Functions cannot be asked');
	outage.isOn = false;
	advance(15 * MINUTE);
	await reconcile();
	t.match(await rows.get(TASK), { status: 'FAILED', error: { code: 'StartFailed' }, data: TASK.data });
	t.match(lines, [{}, {}, { level: 'error', message: 'gave up a task that Step Functions does not know' }]);
	advance(MINUTE);
	await reconcile();
	t.strictSame((await rows.findDueTasks(Number.MAX_SAFE_INTEGER)).tasks, [], 'confirmed');
});

test('the start deadline of a redriven task begins with the redrive', async (t) => {
	const { reconcile, advance, rows, published, now } = await createDueWorld();
	advance(25 * HOUR);
	await reconcile();
	const failed = await rows.get(TASK);
	if (failed === undefined) throw new Error('The row is missing.');
	await rows.resetToPending(failed, { updatedAtMs: now(), checkAtMs: now() + 60_000 });
	advance(MINUTE);
	await reconcile();
	t.match(await rows.get(TASK), { status: 'PENDING' });
	t.strictSame(published, [TASK.taskId]);
});

test('a running task whose execution no longer exists fails at the deadline', async (t) => {
	const { reconcile, advance, rows } = await createDueWorld();
	await rows.applyReport(TASK, { status: 'RUNNING', redriveCount: 0, startedAtMs: CREATED_MS + 5 });
	await reconcile();
	t.match(await rows.get(TASK), { status: 'RUNNING' });
	advance(24 * HOUR);
	await reconcile();
	t.match(await rows.get(TASK), { status: 'FAILED', error: { code: 'ExecutionLost' } });
});

test('an inferred end is confirmed, or replaced by the end of the execution', async (t) => {
	const tasks = [pendingTask(1), pendingTask(2)];
	const { start, outage, rows, known, reconcile, advance } = await createWorld({ tasks });
	outage.startRejection = 'rejected';
	for (const task of tasks) await start(inputOf(task));
	const [first = TASK, second = TASK] = tasks;
	known.set(executionName(second), succeeded(second, '1'));
	advance(MINUTE);
	await reconcile();
	t.match(await rows.get(first), { status: 'FAILED', error: { code: 'StartFailed' } });
	t.match(await rows.get(second), { status: 'SUCCEEDED', result: 1 });
	t.notOk(Object.hasOwn(Object(await rows.get(second)), 'data'));
	t.strictSame((await rows.findDueTasks(Number.MAX_SAFE_INTEGER)).tasks, [], 'neither is checked again');
});

test('an inferred end of an execution that still runs is checked until that ends', async (t) => {
	const { start, outage, rows, known, reconcile, advance } = await createWorld();
	outage.startRejection = 'rejected';
	await start(inputOf(TASK));
	known.set(executionName(TASK), running(TASK));
	advance(MINUTE);
	await reconcile();
	t.match(await rows.get(TASK), { status: 'FAILED' }, 'a status never goes back');
	known.set(executionName(TASK), { ...running(TASK), status: 'ABORTED', stoppedAtMs: CREATED_MS + 9 });
	advance(10 * MINUTE);
	await reconcile();
	t.match(await rows.get(TASK), { status: 'ABORTED' });
});

test('a redrive without a status event is found', async (t) => {
	const { rows, known, reconcile, advance, now } = await createDueWorld();
	const failed = { ...running(TASK), status: 'FAILED', stoppedAtMs: CREATED_MS + 9 } as const;
	known.set(executionName(TASK), failed);
	await reconcile();
	const row = await rows.get(TASK);
	if (row === undefined) throw new Error('The row is missing.');
	await rows.extendForRedrive(row, {
		expiresAtSeconds: row.expiresAtSeconds ?? 0,
		checkAtMs: now() + MINUTE,
	});
	known.set(executionName(TASK), { ...succeeded(TASK, '2'), redriveCount: 1, redrivenAtMs: now() });
	advance(MINUTE);
	await reconcile();
	t.match(await rows.get(TASK), { status: 'SUCCEEDED', redriveCount: 1, result: 2 });
});

test('an unreadable row and a throttled read fail their own task alone', async (t) => {
	const tasks = [1, 2, 3].map((index) => pendingTask(index));
	const { reconcile, store, rows, published, recorded, lines } = await createDueWorld(tasks);
	const readFailures: Record<string, Error> = {
		[pendingTask(1).taskId]: new Error('row has the wrong shape'),
		[pendingTask(2).taskId]: new Error('throttled'),
	};
	store.get = async (key) => {
		const failure = readFailures[key.taskId];
		if (failure !== undefined) throw failure;
		return rows.get(key);
	};
	await reconcile();
	t.strictSame(published, [pendingTask(3).taskId]);
	t.strictSame(recorded.stuckTasks, [2]);
	t.match(
		lines.filter(({ level }) => level === 'error'),
		[1, 2].map((index) => ({ message: 'task not reconciled', task_id: pendingTask(index).taskId })),
	);
});

test('an unreadable part of the index does not stop a run', async (t) => {
	const { reconcile, store, rows, published, lines, recorded } = await createDueWorld();
	store.findDueTasks = async (nowMs) => ({
		...(await rows.findDueTasks(nowMs)),
		errors: [new Error('throttled')],
	});
	await reconcile();
	t.strictSame(published, [TASK.taskId]);
	t.match(lines[0], { level: 'error', message: 'part of the due tasks not read' });
	t.strictSame(recorded.unreadShards, [1]);
});

test('a run checks 2,000 tasks within its minute, and the next run continues with the rest', async (t) => {
	const tasks = Array.from({ length: 2500 }, (_, index) => pendingTask(index));
	const { reconcile, calls, now } = await createDueWorld(tasks);
	const startedAtMs = now();
	await reconcile();
	t.equal(calls.described.length, 2000);
	t.ok(now() - startedAtMs <= 40_000, 'at most 50 a second');
	await reconcile();
	t.equal(new Set(calls.described).size, 2500);
});

test('a run under throttling slows down and ends in time', async (t) => {
	const tasks = Array.from({ length: 2500 }, (_, index) => pendingTask(index));
	const { reconcile, outage, lines, now, store, rows, advance } = await createDueWorld(tasks);
	outage.isOn = true;
	await reconcile();
	const checked = lines.filter(({ message }) => message === 'task not reconciled').length;
	t.ok(checked < 50 + 25 + 12 + 6 + 45 * 5, `${checked} calls`);

	outage.isOn = false;
	store.get = async (key) => {
		advance(1000);
		return rows.get(key);
	};
	const startedAtMs = now();
	await reconcile();
	t.ok(now() - startedAtMs < 100_000, 'it takes no further tasks after 45 seconds');
});

test('ten thousand open tasks of one principal delay another principal by at most one run', async (t) => {
	const many = Array.from({ length: 10_000 }, (_, index) =>
		pendingTask(index, { checkAtMs: CREATED_MS + 1 }),
	);
	const other = pendingTask(10_001, { principal: 'eve' });
	const { reconcile, known, rows, recorded, advance } = await createDueWorld([...many, other]);
	known.set(executionName(other), succeeded(other));
	advance(MINUTE);
	await reconcile();
	t.match(await rows.get(other), { status: 'SUCCEEDED' });
	t.ok((recorded.lagSeconds[0] ?? 0) >= 119, 'the backlog is visible in the lag');
});

test('the tasks of a run are selected round-robin between principals, the most overdue first', async (t) => {
	const due = (principal: string, checkAtMs: number) => ({ principal, taskId: `${checkAtMs}`, checkAtMs });
	const tasks = [due('a', 5), due('a', 1), due('a', 2), due('b', 9), due('b', 8), due('c', 7)];
	t.strictSame(
		selectFairly(tasks, 5).map(({ principal, checkAtMs }) => `${principal}${checkAtMs}`),
		['a1', 'c7', 'b8', 'a2', 'b9'],
	);
	t.strictSame(selectFairly([], 5), []);
});

test('the lag is zero when nothing is due', async (t) => {
	const { reconcile, recorded } = await createWorld({ tasks: [] });
	await reconcile();
	t.strictSame(recorded, { stuckTasks: [0], lagSeconds: [0], unreadShards: [0] });
});

test('the message of a task that starts later is sent within 15 minutes of its time, which a lost message delays by a minute', async (t) => {
	const runAtMs = CREATED_MS + HOUR;
	const later = pendingTask(1, { runAtMs, checkAtMs: runAtMs - 14 * MINUTE });
	const { reconcile, published, delays, advance, calls, rows, recorded } = await createWorld({
		tasks: [later],
	});
	advance(46 * MINUTE + 500);
	await reconcile();
	t.strictSame(delays, [840], 'rounded up, so that it does not arrive early');
	t.strictSame(calls.described, [], 'no execution can exist');
	t.match(await rows.get(later), { status: 'PENDING', checkAtMs: runAtMs + MINUTE });
	advance(15 * MINUTE);
	await reconcile();
	t.strictSame(delays, [840, 0]);
	t.strictSame(published, [later.taskId, later.taskId]);
	t.strictSame(recorded.stuckTasks, [0, 0], 'it has not waited since its creation');
});

test('a failed message of a task that starts later is sent again after a minute', async (t) => {
	const runAtMs = CREATED_MS + HOUR;
	const later = pendingTask(1, { runAtMs, checkAtMs: runAtMs - 14 * MINUTE });
	const { reconcile, delays, advance, store, rows } = await createWorld({ tasks: [later] });
	advance(46 * MINUTE);
	let writes = 0;
	store.scheduleCheck = async (...check) => {
		if (++writes === 2) throw new Error('throttled');
		await rows.scheduleCheck(...check);
	};
	await reconcile();
	t.match(await rows.get(later), { checkAtMs: runAtMs - 13 * MINUTE });
	advance(MINUTE);
	await reconcile();
	t.strictSame(delays, [840, 780]);
});

test('a cancel before the time of the start is completed, and closes the callback', async (t) => {
	const runAtMs = CREATED_MS + HOUR;
	const later = pendingTask(1, { runAtMs, callbackKey: 'PROJ-1' });
	const { reconcile, advance, rows, closed, published } = await createWorld({ tasks: [later] });
	await rows.requestCancel(later, CREATED_MS);
	advance(MINUTE);
	await reconcile();
	t.match(await rows.get(later), { status: 'ABORTED', error: { code: 'Cancelled' }, data: later.data });
	t.strictSame(closed, [[later.taskId, 'PROJ-1']]);
	advance(MINUTE);
	await reconcile();
	t.equal((await rows.get(later))?.checkAtMs, undefined, 'the end is confirmed');
	t.strictSame(published, []);
});

test('an execution that starts although its task was cancelled before is stopped', async (t) => {
	const later = pendingTask(1, { runAtMs: CREATED_MS + HOUR });
	const { reconcile, advance, rows, known, calls } = await createWorld({ tasks: [later] });
	await rows.requestCancel(later, CREATED_MS);
	advance(MINUTE);
	await reconcile();
	known.set(executionName(later), running(later));
	advance(MINUTE);
	await reconcile();
	t.strictSame(calls.stopped, [later.taskId]);
	t.match(await rows.get(later), { status: 'ABORTED' });
});
