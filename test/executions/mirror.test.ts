import { test } from 'tap';
import { executionName } from '../../src/tasks/task-message.ts';
import {
	CREATED_MS,
	createWorld,
	EXECUTION_ARN_PREFIX,
	inputOf,
	pendingTask,
	succeeded as succeededSnapshot,
} from './create-world.ts';

const TASK = pendingTask(1);
const INPUT = inputOf(TASK);
const EXECUTION_ARN = EXECUTION_ARN_PREFIX + executionName(TASK);

function statusEvent(detail: Record<string, unknown>) {
	return {
		'detail-type': 'Step Functions Execution Status Change',
		source: 'aws.states',
		detail: {
			executionArn: EXECUTION_ARN,
			stateMachineArn: 'arn:aws:states:us-east-1:000000000000:stateMachine:task-api-dev-greeting',
			name: executionName(TASK),
			status: 'RUNNING',
			startDate: CREATED_MS + 5,
			stopDate: null,
			input: INPUT,
			inputDetails: { included: true },
			output: null,
			outputDetails: null,
			error: null,
			cause: null,
			redriveCount: 0,
			...detail,
		},
	};
}

const SUCCEEDED = {
	status: 'SUCCEEDED',
	stopDate: CREATED_MS + 90,
	output: '{"ok":true}',
	outputDetails: { included: true },
};

test('RUNNING and SUCCEEDED are mirrored in any order', async (t) => {
	for (const events of [
		[{}, SUCCEEDED],
		[SUCCEEDED, {}],
		[SUCCEEDED, SUCCEEDED],
	]) {
		const { rows, mirror } = await createWorld();
		for (const detail of events) await mirror(statusEvent(detail));
		t.match(await rows.get(TASK), {
			status: 'SUCCEEDED',
			result: { ok: true },
			startedAtMs: CREATED_MS + 5,
			finishedAtMs: CREATED_MS + 90,
		});
	}
});

test('a cancelled task that runs is stopped', async (t) => {
	const { mirror, rows, calls } = await createWorld();
	await rows.requestCancel(TASK, CREATED_MS);
	await mirror(statusEvent({}));
	t.strictSame(calls.stopped, [TASK.taskId]);
	await mirror(statusEvent({ status: 'ABORTED', stopDate: CREATED_MS + 9 }));
	t.strictSame(calls.stopped, [TASK.taskId]);
	await mirror(statusEvent({ redriveCount: 1, redriveDate: CREATED_MS + 20 }));
	t.strictSame(calls.stopped, [TASK.taskId], 'a redrive ignores an earlier cancel request');
});

test('the delays in the log begin when the task could start', async (t) => {
	const later = { ...TASK, runAtMs: CREATED_MS + 3 };
	for (const [task, started, ended] of [
		[TASK, 5, 90],
		[later, 2, 87],
	] as const) {
		const { mirror, lines } = await createWorld({ tasks: [task] });
		await mirror(statusEvent({}));
		await mirror(statusEvent(SUCCEEDED));
		t.match(
			lines.filter(({ message }) => message === 'status applied'),
			[{ started_after_ms: started }, { ended_after_ms: ended }],
		);
	}
});

test('the end of a task releases its callback key', async (t) => {
	const task = { ...TASK, callbackKey: 'PROJ-1' };
	const { mirror, closed } = await createWorld({ tasks: [task] });
	await mirror(statusEvent({}));
	t.strictSame(closed, []);
	await mirror(statusEvent({ status: 'ABORTED', stopDate: CREATED_MS + 9 }));
	t.strictSame(closed, [[TASK.taskId, 'PROJ-1']]);
});

test('a success with an invalid result is mirrored as a failure, and logged for the operator', async (t) => {
	const { rows, mirror, lines } = await createWorld();
	const invalid = { ...SUCCEEDED, output: '{"ok":"yes"}' };
	for (const detail of [invalid, {}, invalid]) await mirror(statusEvent(detail));
	const row = await rows.get(TASK);
	t.match(row, { status: 'FAILED', error: { code: 'ResultInvalid', message: /at \/ok: must be boolean/ } });
	t.equal(row?.result, undefined);
	t.equal(row?.finishedAtMs, CREATED_MS + 90);
	t.match(
		lines.filter(({ level }) => level === 'error'),
		[{ message: 'result does not match its schema', task_id: TASK.taskId, reason: /must be boolean/ }],
	);
});

test('an event never creates a row', async (t) => {
	const { rows, mirror } = await createWorld({ tasks: [] });
	await mirror(statusEvent(SUCCEEDED));
	t.equal(await rows.get(TASK), undefined);
});

test('an event of another creation of the same id is ignored', async (t) => {
	const { rows, mirror } = await createWorld({ tasks: [{ ...TASK, createdAtMs: CREATED_MS + 1 }] });
	await mirror(statusEvent(SUCCEEDED));
	t.match(await rows.get(TASK), { status: 'PENDING' });
});

test('an execution that was started manually is ignored', async (t) => {
	const { rows, mirror, lines } = await createWorld();
	await mirror(statusEvent({ ...SUCCEEDED, name: 'by-hand' }));
	await mirror(statusEvent({ ...SUCCEEDED, input: '{"by":"hand"}' }));
	t.match(await rows.get(TASK), { status: 'PENDING' });
	t.match(lines, [{ level: 'warn' }, { level: 'warn' }]);
});

test('a missing part of an event is read from Step Functions', async (t) => {
	const cut = { included: false };
	for (const detail of [
		{ output: null, outputDetails: cut },
		{ output: '{"ok":tr', outputDetails: cut },
		{ output: '{"ok":false}', outputDetails: cut },
		{ output: { ok: false }, outputDetails: cut },
		{ input: null, inputDetails: cut },
		{ input: INPUT.slice(0, 20), inputDetails: cut },
		{ input: '{"by":"hand"}', inputDetails: cut },
		{ input: undefined, inputDetails: undefined },
		{ output: '{"ok":tr' },
		{ stopDate: null },
		{ startDate: 'soon' },
	]) {
		const { rows, mirror, known, calls } = await createWorld();
		known.set(executionName(TASK), succeededSnapshot(TASK, '"long"'));
		await mirror(statusEvent({ ...SUCCEEDED, ...detail }));
		t.equal(calls.described.length, 1, JSON.stringify(detail));
		t.match(await rows.get(TASK), { status: 'SUCCEEDED', result: 'long' });
	}
});

test('dates are taken as a number or as text, and a null redrive count as 0', async (t) => {
	const redrivenAtMs = CREATED_MS + 40;
	for (const redriveDate of [redrivenAtMs, String(redrivenAtMs), new Date(redrivenAtMs).toISOString()]) {
		const { rows, mirror, calls } = await createWorld();
		await mirror(statusEvent({ redriveCount: null, redriveDate: null }));
		t.match(await rows.get(TASK), { status: 'RUNNING', redriveCount: 0 });
		await mirror(statusEvent({ redriveCount: 1, redriveDate }));
		t.match(await rows.get(TASK), { status: 'RUNNING', redriveCount: 1, updatedAtMs: redrivenAtMs });
		t.strictSame(calls.described, []);
	}
});

test('only a declared error keeps its message', async (t) => {
	const cases: [Record<string, unknown>, { code: string; message: RegExp | string }][] = [
		[
			{ status: 'FAILED', error: 'ValidationError', cause: 'The name is empty.' },
			{ code: 'ValidationError', message: 'The name is empty.' },
		],
		[
			{
				status: 'FAILED',
				error: 'RuntimeError',
				cause: '{"errorType":"RuntimeError","errorMessage":"downstream","trace":["at x"]}',
			},
			{ code: 'RuntimeError', message: 'downstream' },
		],
		[
			{ status: 'FAILED', error: 'States.Runtime', cause: `no access to ${EXECUTION_ARN}` },
			{ code: 'States.Runtime', message: /^The workflow failed/ },
		],
		[
			{
				status: 'FAILED',
				error: 'Sandbox.Timedout',
				cause: '{"errorMessage":"RequestId: 1 Error: Task timed out"}',
			},
			{ code: 'Sandbox.Timedout', message: /^The workflow failed/ },
		],
		[
			{ status: 'FAILED', error: 'X', cause: '{"not lambda' },
			{ code: 'StepFailed', message: /^The workflow failed/ },
		],
		[
			{ status: 'TIMED_OUT', error: 'States.Timeout' },
			{ code: 'States.Timeout', message: /longer/ },
		],
		[{ status: 'ABORTED' }, { code: 'ABORTED', message: /stopped/ }],
	];
	for (const [detail, error] of cases) {
		const { rows, mirror } = await createWorld();
		await mirror(statusEvent({ stopDate: CREATED_MS, ...detail }));
		t.match(await rows.get(TASK), { status: detail['status'], error });
	}
});

test('a malformed event, and one of an unknown execution, are rejected', async (t) => {
	const { mirror } = await createWorld();
	await t.rejects(mirror('{}'), { code: 'unexpected-shape' });
	await t.rejects(mirror(statusEvent({ input: null })), { message: /does not know execution/ });
});

test('a failure after the row was written is retried with the event', async (t) => {
	const { mirror, rows, outage, calls } = await createWorld();
	await rows.requestCancel(TASK, CREATED_MS);
	outage.isOn = true;
	await t.rejects(mirror(statusEvent({})), { code: 'unavailable' });
	t.match(await rows.get(TASK), { status: 'RUNNING' });
	outage.isOn = false;
	await mirror(statusEvent({}));
	t.strictSame(calls.stopped, [TASK.taskId]);
});
