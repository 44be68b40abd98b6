import { test } from 'tap';
import { createTaskRedriver } from '../../src/tasks/redrive-task.ts';
import { ServiceUnavailableError } from '../../src/tasks/service-unavailable.ts';
import { isCancelRequested } from '../../src/tasks/task.ts';
import type { RedriveOutcome } from '../../src/tasks/task-executions.ts';
import { type TaskMessage, taskMessage } from '../../src/tasks/task-message.ts';
import { exampleTask } from '../support/example-task.ts';
import { createMemoryTaskStore } from '../support/memory-task-store.ts';
import { createRecordingLog } from '../support/recording-log.ts';

const TASK = exampleTask();
const START_FAILED = {
	status: 'FAILED',
	isInferred: true,
	redriveCount: 0,
	startedAtMs: TASK.createdAtMs,
	stoppedAtMs: TASK.createdAtMs + 9,
	error: { code: 'StartFailed', message: 'The task could not be started.' },
} as const;

async function setup({
	outcome = { kind: 'absent' },
	isTopicDown = false,
}: {
	outcome?: RedriveOutcome;
	isTopicDown?: boolean;
} = {}) {
	const now = () => TASK.createdAtMs + 1000;
	const store = createMemoryTaskStore({ retentionSeconds: 60, now });
	await store.create(TASK);
	const published: TaskMessage[] = [];
	const { log, lines } = createRecordingLog();
	const redrive = createTaskRedriver({
		store,
		publisher: {
			async publish(message) {
				if (isTopicDown) throw new ServiceUnavailableError('SNS');
				published.push(message);
			},
		},
		executions: { redrive: async () => outcome },
		now,
		log,
	});
	return { store, published, lines, redrive };
}

test('a redrive of a task that never started starts it with the same message', async (t) => {
	const { store, redrive, published } = await setup();
	await store.requestCancel(TASK, TASK.createdAtMs);
	await store.applyReport(TASK, START_FAILED);
	const outcome = await redrive(TASK);
	t.match(outcome, { kind: 'redriven', task: { status: 'PENDING', data: TASK.data, checkAtMs: Number } });
	t.strictSame(published, [taskMessage(TASK)]);
	const row = await store.get(TASK);
	t.strictSame(
		['finishedAtMs', 'expiresAtSeconds', 'error', 'startedAtMs'].filter((name) =>
			Object.hasOwn(Object(row), name),
		),
		[],
	);
	t.notOk(row !== undefined && isCancelRequested(row), 'an earlier cancel is over');
	t.match(await redrive(TASK), { kind: 'notRedrivable' }, 'it is pending now');
});

test('a redriven task whose publication fails is left to the reconciler', async (t) => {
	const { store, redrive, lines } = await setup({ isTopicDown: true });
	await store.applyReport(TASK, START_FAILED);
	t.match(await redrive(TASK), { kind: 'redriven', task: { status: 'PENDING' } });
	t.match(lines.at(-1), { level: 'error', task_id: TASK.taskId });
	t.equal((await store.findDueTasks(Number.MAX_SAFE_INTEGER)).tasks.length, 1);
});

test('a failed task whose execution no longer exists is not started again', async (t) => {
	const { store, redrive, published } = await setup();
	await store.applyReport(TASK, { ...START_FAILED, isInferred: false });
	t.match(await redrive(TASK), { kind: 'notRedrivable' });
	t.match(await store.get(TASK), { status: 'FAILED' });
	t.strictSame(published, []);
});
