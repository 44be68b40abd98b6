import { test } from 'tap';
import { claimKey } from '../../src/tasks/claim-check.ts';
import type { CreateTaskOutcome, NewTask } from '../../src/tasks/create-task.ts';
import { createResultReader, createTaskGetter } from '../../src/tasks/read-task.ts';
import { createTaskRedriver } from '../../src/tasks/redrive-task.ts';
import { createTaskRerunner } from '../../src/tasks/rerun-task.ts';
import type { RedriveOutcome } from '../../src/tasks/task-executions.ts';
import { type TaskMessage, taskMessage } from '../../src/tasks/task-message.ts';
import type { ExecutionReport } from '../../src/tasks/transition.ts';
import { exampleTask } from '../support/example-task.ts';
import { createMemoryClaimStore } from '../support/memory-claim-store.ts';
import { createMemoryTaskStore } from '../support/memory-task-store.ts';
import { createRecordingLog } from '../support/recording-log.ts';

const task = exampleTask({ tags: { team: 'billing' }, data: { name: 'Ada' } });
const nowMs = task.createdAtMs + 1000;

const started: ExecutionReport = { status: 'RUNNING', redriveCount: 0, startedAtMs: task.createdAtMs };
const ended = { redriveCount: 0, startedAtMs: task.createdAtMs, stoppedAtMs: nowMs };
const failed: ExecutionReport = { ...ended, status: 'FAILED' };
const neverStarted: ExecutionReport = {
	...failed,
	isInferred: true,
	error: { code: 'StartFailed', message: 'The task could not be started.' },
};

function setup({ redrive = { kind: 'absent' } }: { redrive?: RedriveOutcome } = {}) {
	const store = createMemoryTaskStore({ retentionSeconds: 3600, now: () => nowMs });
	const published: TaskMessage[] = [];
	const claims = new Map<string, string>();
	const created: NewTask[] = [];
	const getTask = createTaskGetter({ store, now: () => nowMs });
	return {
		store,
		published,
		claims,
		created,
		readResult: createResultReader({ getTask }),
		redriveTask: createTaskRedriver({
			store,
			executions: { redrive: async () => redrive },
			publisher: { publish: async (message) => void published.push(message) },
			now: () => nowMs,
			log: createRecordingLog().log,
		}),
		rerunTask: createTaskRerunner({
			getTask,
			executions: { readData: async () => taskMessage(task) },
			claims: createMemoryClaimStore(claims),
			describeTask: (type) => ({ largeData: type === 'large' }),
			createTask: async (request): Promise<CreateTaskOutcome> => {
				created.push(request);
				return { kind: 'accepted', task };
			},
		}),
	};
}

test('a redrive of a task whose execution never started starts it', async (t) => {
	const { store, published, redriveTask } = setup();
	await store.create(task);
	t.match(await store.applyReport(task, neverStarted), { status: 'FAILED', data: task.data });
	const outcome = await redriveTask(task);
	t.match(outcome, { kind: 'redriven', task: { status: 'PENDING', redriveCount: 0, data: task.data } });
	t.strictSame(published, [taskMessage(task)], 'the same message as the first time');
	const row = await store.get(task);
	for (const member of ['error', 'finishedAtMs', 'expiresAtSeconds', 'startedAtMs'])
		t.notOk(Object.hasOwn(Object(row), member), member);
	t.match((await store.findDueTasks(nowMs + 60_000)).tasks, [{ taskId: task.taskId }]);
	t.match(await store.applyReport(task, started), { status: 'RUNNING' }, 'and its start is mirrored');
	t.match(await store.applyReport(task, { ...ended, status: 'SUCCEEDED' }), { status: 'SUCCEEDED' });
});

test('a task without an execution that Step Functions has reported is not redriven', async (t) => {
	const { store, published, redriveTask } = setup();
	await store.create(task);
	await store.applyReport(task, failed);
	t.strictSame(await redriveTask(task), { kind: 'notRedrivable' });
	t.strictSame(published, []);
});

test('a rerun takes type, data and tags from the original', async (t) => {
	const { store, rerunTask, created } = setup();
	t.strictSame(await rerunTask(task), { kind: 'notFound' });
	await store.create(task);
	t.strictSame(await rerunTask(task), { kind: 'open' });
	await store.applyReport(task, started);
	t.strictSame(await rerunTask(task), { kind: 'open' });
	await store.applyReport(task, failed);
	t.match(await rerunTask(task, { traceparent: 'trace' }), { kind: 'accepted' });
	const { principal, type, data, tags, taskId } = task;
	t.strictSame(created, [
		{ principal, type, data, tags, rerunOf: taskId, traceparent: 'trace', largeData: false },
	]);
});

test('a rerun of a task that never started takes the data from its row', async (t) => {
	const { store, rerunTask, created } = setup();
	const data = { name: 'only in the row' };
	await store.create({ ...task, data });
	await store.applyReport(task, neverStarted);
	await rerunTask(task);
	t.match(created, [{ data }]);
});

test('a rerun reads large data from the claim of the original', async (t) => {
	const { store, claims, rerunTask, created } = setup();
	const $claim = claimKey(task, 'data');
	claims.set($claim, '{"large":true}');
	await store.create({ ...task, data: { $claim } });
	await store.applyReport(task, neverStarted);
	await rerunTask(task);
	t.match(created, [{ data: { large: true } }]);
});

test('a result is inline, stored, missing or not yet available', async (t) => {
	const { store, readResult } = setup();
	t.strictSame(await readResult(task), { kind: 'notFound' });
	await store.create(task);
	t.strictSame(await readResult(task), { kind: 'open' });
	const other = { ...task, taskId: task.taskId.replace(/1$/, '2') };
	await store.create(other);
	await store.applyReport(task, { ...ended, status: 'SUCCEEDED', result: { a: 1 } });
	t.match(await readResult(task), { kind: 'inline', result: { a: 1 } });
	const $claim = claimKey(other, 'Work');
	await store.applyReport(other, { ...ended, status: 'SUCCEEDED', result: { $claim } });
	t.strictSame(await readResult(other), { kind: 'stored', objectKey: $claim });
	const third = { ...task, taskId: task.taskId.replace(/1$/, '3') };
	await store.create(third);
	await store.applyReport(third, { ...ended, status: 'SUCCEEDED', result: { $claim } });
	t.match(await readResult(third), { kind: 'inline' }, 'a foreign claim is not redeemed');
	const fourth = { ...task, taskId: task.taskId.replace(/1$/, '4') };
	await store.create(fourth);
	await store.applyReport(fourth, failed);
	t.strictSame(await readResult(fourth), { kind: 'noResult' });
});
