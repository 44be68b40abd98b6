import { test } from 'tap';
import type { Task } from '../../src/tasks/task.ts';
import { executionName } from '../../src/tasks/task-message.ts';
import {
	CREATED_MS,
	createWorld,
	EXECUTION_ARN_PREFIX,
	inputOf,
	pendingTask,
	running,
	succeeded,
} from './create-world.ts';

const TASK = pendingTask(1);

const statusEvent = (task: Task, members: object = {}) => ({
	'detail-type': 'Step Functions Execution Status Change',
	detail: {
		executionArn: EXECUTION_ARN_PREFIX + executionName(task),
		name: executionName(task),
		status: 'RUNNING',
		startDate: 1,
		input: inputOf(task),
		...members,
	},
});

test('a dead start message leaves a pending task to the reconciler, which starts it', async (t) => {
	const { handleDeadLetter, rows, reconcile, published, advance, outage } = await createWorld();
	outage.isOn = true;
	advance(6 * 60_000);
	await handleDeadLetter(inputOf(TASK));
	t.strictSame(await rows.get(TASK), TASK, 'neither its status nor its data changed');
	outage.isOn = false;
	await reconcile();
	t.strictSame(published, [TASK.taskId]);
});

test('a dead start message of a task that started or ended changes nothing', async (t) => {
	const { handleDeadLetter, rows } = await createWorld();
	await rows.applyReport(TASK, {
		status: 'FAILED',
		redriveCount: 0,
		startedAtMs: 1,
		stoppedAtMs: CREATED_MS,
	});
	const before = await rows.get(TASK);
	await handleDeadLetter(inputOf(TASK));
	await handleDeadLetter(inputOf({ ...TASK, createdAtMs: 5 }));
	await handleDeadLetter(inputOf(pendingTask(2)));
	t.strictSame(await rows.get(TASK), before);
});

test('a dead status event applies what Step Functions reports now', async (t) => {
	const { handleDeadLetter, rows, known } = await createWorld();
	known.set(executionName(TASK), succeeded(TASK, '1'));
	await handleDeadLetter(statusEvent(TASK));
	t.match(await rows.get(TASK), { status: 'SUCCEEDED', result: 1 });
});

test('a dead status event whose input was left out or truncated is handled', async (t) => {
	for (const input of [
		{ input: null },
		{ input: inputOf(TASK).slice(0, 20) },
		{ redriveCount: null, redriveDate: '' },
	]) {
		const { handleDeadLetter, rows, known } = await createWorld();
		known.set(executionName(TASK), succeeded(TASK, '1'));
		await handleDeadLetter(statusEvent(TASK, { ...input, inputDetails: { included: false } }));
		t.match(await rows.get(TASK), { status: 'SUCCEEDED', result: 1 });
	}
});

test('a dead status event of an unknown execution ends nothing', async (t) => {
	const { handleDeadLetter, rows, lines } = await createWorld();
	await handleDeadLetter(statusEvent(TASK));
	t.strictSame(await rows.get(TASK), TASK);
	t.match(lines.at(-1), { message: 'left to the reconciler' });
});

test('a dead status event that cannot be described is rejected and delivered again', async (t) => {
	const { handleDeadLetter, outage, rows } = await createWorld();
	outage.isOn = true;
	await t.rejects(handleDeadLetter(statusEvent(TASK)), { code: 'unavailable' });
	t.strictSame(await rows.get(TASK), TASK);
});

test('a dead status event of an execution without a task is ignored', async (t) => {
	const { handleDeadLetter, known, rows } = await createWorld();
	known.set('by-hand', running(TASK));
	await handleDeadLetter(
		statusEvent(TASK, { executionArn: `${EXECUTION_ARN_PREFIX}by-hand`, name: 'by-hand' }),
	);
	t.strictSame(await rows.get(TASK), TASK);
});

test('an unrecognised dead letter is logged and consumed', async (t) => {
	const { handleDeadLetter, lines } = await createWorld();
	for (const body of ['{', '[]', '{"detail":{}}']) await handleDeadLetter(body);
	t.strictSame(
		lines.map(({ level, message, body }) => ({ level, message, body })),
		['{', '[]', '{"detail":{}}'].map((body) => ({
			level: 'error',
			message: 'unrecognised dead-letter message',
			body,
		})),
	);
});
