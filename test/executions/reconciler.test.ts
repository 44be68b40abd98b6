import { test } from 'tap';
import { createApplyReport } from '../../src/executions/apply-report.ts';
import { createDeadLetterHandler } from '../../src/executions/dead-letters.ts';
import type { ExecutionSnapshot } from '../../src/executions/execution-client.ts';
import { createReconciler } from '../../src/executions/reconciler.ts';
import type { Task } from '../../src/tasks/task.ts';
import { executionName, taskMessage } from '../../src/tasks/task-message.ts';
import { exampleTask } from '../support/example-task.ts';
import { createMemoryTaskStore } from '../support/memory-task-store.ts';
import { createRecordingLog } from '../support/recording-log.ts';

const CREATED_MS = exampleTask().createdAtMs;

const openTask = (index: number): Task =>
	exampleTask({
		taskId: `01932f4e-6f00-7000-8000-${String(index).padStart(12, '0')}`,
		checkAtMs: CREATED_MS + 60_000,
	});

/** The reconciler over rows in memory; `executions` is what Step Functions knows, by task id. */
async function setup({ tasks = [openTask(1)] }: { tasks?: Task[] } = {}) {
	let nowMs = CREATED_MS + 60_000;
	const now = () => nowMs;
	const store = createMemoryTaskStore({ retentionSeconds: 3600, now });
	for (const task of tasks) await store.create(task);
	const executions = new Map<string, ExecutionSnapshot>();
	const published: string[] = [];
	const described: string[] = [];
	const stopped: string[] = [];
	const stuck: number[] = [];
	const { log, lines } = createRecordingLog();
	const describe = async ({ taskId }: { taskId: string }) => {
		described.push(taskId);
		return executions.get(taskId);
	};
	const applyReport = createApplyReport({
		store,
		closeCallback: async () => undefined,
		executions: {
			async stop({ taskId }) {
				stopped.push(taskId);
				return 'stopped';
			},
		},
		log,
	});
	const reconcile = createReconciler({
		store,
		publisher: {
			async publish({ task }) {
				published.push(task.task_id);
			},
		},
		describe,
		applyReport,
		now,
		sleep: async (ms) => void (nowMs += ms),
		countStuck: (count) => stuck.push(count),
		log,
	});
	const handleDeadLetter = createDeadLetterHandler({ store, describe, applyReport, now, log });
	return {
		store,
		executions,
		published,
		described,
		stopped,
		stuck,
		lines,
		reconcile,
		now,
		advance: (ms: number) => (nowMs += ms),
		deadLetter: (body: unknown) =>
			handleDeadLetter({
				messageId: 'm',
				body: typeof body === 'string' ? body : JSON.stringify(body),
				messageAttributes: {},
			}),
	};
}

const running: ExecutionSnapshot = {
	status: 'RUNNING',
	input: '{}',
	startedAtMs: CREATED_MS + 5,
	redriveCount: 0,
};

test('a task that never started is published again, ever more seldom, and counted once it is stuck', async (t) => {
	const { reconcile, published, advance, stuck, store } = await setup();
	const task = openTask(1);
	await reconcile();
	t.strictSame(published, [task.taskId]);
	await reconcile();
	t.strictSame(published, [task.taskId], 'not due again yet');
	advance(60_000);
	await reconcile();
	t.equal(published.length, 2);
	t.strictSame(stuck, [0, 0, 0]);
	advance(10 * 60_000);
	await reconcile();
	t.equal(stuck.at(-1), 1);
	const { checkAtMs = 0 } = (await store.get(task)) ?? {};
	t.equal(checkAtMs, CREATED_MS + 12 * 60_000 + 6 * 60_000, 'half of its age later');
	advance(6 * 60_000 + 1);
	await reconcile();
	const { checkAtMs: odd = 0 } = (await store.get(task)) ?? {};
	t.equal(odd, CREATED_MS + 18 * 60_000 + 1 + 9 * 60_000, 'in whole milliseconds');
});

test('a task that Step Functions knows is repaired by what that says', async (t) => {
	const { reconcile, published, executions, store } = await setup();
	const task = openTask(1);
	executions.set(task.taskId, {
		...running,
		status: 'SUCCEEDED',
		stoppedAtMs: CREATED_MS + 9,
		output: '{"done":true}',
	});
	await reconcile();
	t.match(await store.get(task), { status: 'SUCCEEDED', result: { done: true } });
	t.strictSame(published, []);
	t.strictSame(await store.findDueTasks(Number.MAX_SAFE_INTEGER, 10), []);
});

test('a cancel that was lost is asked for again', async (t) => {
	const { reconcile, executions, stopped, store } = await setup();
	const task = openTask(1);
	await store.requestCancel(task, CREATED_MS);
	executions.set(task.taskId, running);
	await reconcile();
	t.strictSame(stopped, [task.taskId]);
});

test('Step Functions is asked ten times a second at most, and a run has an end', async (t) => {
	const { reconcile, described, now } = await setup({
		tasks: Array.from({ length: 500 }, (_, index) => openTask(index)),
	});
	const beganAtMs = now();
	await reconcile();
	t.equal(described.length, 400);
	t.equal(now() - beganAtMs, 39_000);
	await reconcile();
	t.equal(new Set(described).size, 500, 'what was left comes first the next time');
});

test('a task that cannot be looked at harms no other', async (t) => {
	const { reconcile, executions, published, stuck, lines } = await setup({
		tasks: [openTask(1), openTask(2)],
	});
	executions.get = (taskId) => {
		if (taskId === openTask(1).taskId) throw new Error('throttled');
		return undefined;
	};
	await reconcile();
	t.strictSame(published, [openTask(2).taskId]);
	t.strictSame(stuck, [1]);
	t.match(
		lines.filter(({ level }) => level === 'error'),
		[{ task_id: openTask(1).taskId, error: { message: 'throttled' } }],
	);
});

test('a dead start message ends its task as FAILED, unless Step Functions knows better', async (t) => {
	const { deadLetter, store, executions } = await setup({ tasks: [openTask(1), openTask(2)] });
	await deadLetter(taskMessage(openTask(1)));
	t.match(await store.get(openTask(1)), {
		status: 'FAILED',
		error: { code: 'StartFailed' },
		expiresAtSeconds: Number,
	});
	executions.set(openTask(2).taskId, running);
	await deadLetter(taskMessage(openTask(2)));
	t.match(await store.get(openTask(2)), { status: 'RUNNING' });
});

test('a presumed end is looked at once more, and stands or gives way', async (t) => {
	const { deadLetter, store, executions, reconcile, advance } = await setup({
		tasks: [openTask(1), openTask(2)],
	});
	for (const index of [1, 2]) await deadLetter(taskMessage(openTask(index)));
	executions.set(openTask(2).taskId, {
		...running,
		status: 'SUCCEEDED',
		stoppedAtMs: CREATED_MS + 9,
		output: '1',
	});
	advance(60_000);
	await reconcile();
	t.match(await store.get(openTask(1)), { status: 'FAILED', error: { code: 'StartFailed' } });
	t.match(await store.get(openTask(2)), { status: 'SUCCEEDED', result: 1 });
	t.strictSame(await store.findDueTasks(Number.MAX_SAFE_INTEGER, 10), [], 'neither is looked at again');
});

test('a presumed end of what still runs is looked at until that ends', async (t) => {
	const { deadLetter, store, executions, reconcile, advance } = await setup();
	const task = openTask(1);
	await deadLetter(taskMessage(task));
	executions.set(task.taskId, running);
	advance(60_000);
	await reconcile();
	t.match(await store.get(task), { status: 'FAILED' }, 'a status never goes back');
	executions.set(task.taskId, { ...running, status: 'ABORTED', stoppedAtMs: CREATED_MS + 9 });
	advance(10 * 60_000);
	await reconcile();
	t.match(await store.get(task), { status: 'ABORTED' });
});

test('a redrive that nobody told of is found', async (t) => {
	const { store, executions, reconcile, advance, now } = await setup();
	const task = openTask(1);
	const failed = { ...running, status: 'FAILED', stoppedAtMs: CREATED_MS + 9 } as const;
	executions.set(task.taskId, failed);
	await reconcile();
	const row = await store.get(task);
	if (row === undefined) throw new Error('no row');
	await store.extendForRedrive(row, {
		expiresAtSeconds: row.expiresAtSeconds ?? 0,
		checkAtMs: now() + 60_000,
	});
	executions.set(task.taskId, {
		...failed,
		status: 'SUCCEEDED',
		redriveCount: 1,
		redrivenAtMs: now(),
		output: '2',
	});
	advance(60_000);
	await reconcile();
	t.match(await store.get(task), { status: 'SUCCEEDED', redriveCount: 1, result: 2 });
});

test('a dead status event ends its task by the truth, or as FAILED where there is none', async (t) => {
	const { deadLetter, store, executions } = await setup({ tasks: [openTask(1), openTask(2)] });
	const event = (task: Task) => ({
		'detail-type': 'Step Functions Execution Status Change',
		detail: {
			executionArn: 'arn',
			stateMachineArn: 'arn',
			name: executionName(task),
			status: 'RUNNING',
			startDate: 1,
			input: JSON.stringify(taskMessage(task)),
		},
	});
	await deadLetter(event(openTask(1)));
	t.match(await store.get(openTask(1)), { status: 'FAILED', error: { code: 'MirrorFailed' } });
	executions.set(openTask(2).taskId, { ...running, status: 'ABORTED', stoppedAtMs: CREATED_MS + 7 });
	await deadLetter(event(openTask(2)));
	t.match(await store.get(openTask(2)), { status: 'ABORTED' });
});

test('a dead letter that comes again, or late, or is none, changes nothing', async (t) => {
	const { deadLetter, store, lines } = await setup();
	const task = openTask(1);
	await store.applyReport(task, {
		status: 'SUCCEEDED',
		redriveCount: 0,
		startedAtMs: 1,
		stoppedAtMs: CREATED_MS,
		result: 1,
	});
	const before = await store.get(task);
	await deadLetter(taskMessage(task));
	await deadLetter(taskMessage({ ...task, createdAtMs: 5 }));
	t.strictSame(await store.get(task), before);
	const other = openTask(2);
	await store.create(other);
	await deadLetter(taskMessage({ ...other, createdAtMs: 5 }));
	t.match(await store.get(other), { status: 'PENDING' }, 'another creation of the id');
	for (const poison of ['{', '[]', '{"detail":{}}']) await deadLetter(poison);
	t.equal(lines.filter(({ message }) => message === 'dead letter of no task').length, 3);
});
