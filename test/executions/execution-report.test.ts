import { test } from 'tap';
import * as Type from 'typebox';
import { executionReport } from '../../src/executions/execution-client.ts';
import { claimKey } from '../../src/tasks/claim-check.ts';
import { isRedrivable } from '../../src/tasks/redrive-task.ts';
import { mirroredStatus } from '../../src/tasks/transition.ts';
import { CREATED_MS, pendingTask, running, succeeded } from './create-world.ts';

const TASK = pendingTask(1);

const DECLARED = {
	errors: {},
	result: Type.Object(
		{ id: Type.String({ minLength: 1 }), lines: Type.Array(Type.Object({ count: Type.Integer() })) },
		{ additionalProperties: false },
	),
};

const reportOf = (output: unknown, declared: Parameters<typeof executionReport>[2] = DECLARED) =>
	executionReport(TASK, succeeded(TASK, JSON.stringify(output)), declared);

test('a result that matches its schema is reported as it is', async (t) => {
	const result = { id: 'a', lines: [{ count: 1 }] };
	t.strictSame(reportOf(result), {
		status: 'SUCCEEDED',
		redriveCount: 0,
		startedAtMs: CREATED_MS + 5,
		stoppedAtMs: CREATED_MS + 90,
		result,
	});
});

test('a result that does not match fails the task, with the place and the broken rule', async (t) => {
	const faults: readonly [unknown, RegExp][] = [
		[null, /task type: must be object\.$/],
		[{ id: 'a' }, /task type: must have required properties lines\.$/],
		[{ id: 1, lines: [] }, /task type at \/id: must be string\.$/],
		[{ id: '', lines: [] }, /task type at \/id: must not have fewer than 1 characters\.$/],
		[
			{ id: 'a', lines: [{ count: 1 }, { count: '2' }] },
			/task type at \/lines\/1\/count: must be integer\.$/,
		],
		[{ id: 'a', lines: [], secret: 'x' }, /task type at \/secret: must be absent\.$/],
	];
	for (const [output, message] of faults) {
		const { status, error, result } = reportOf(output);
		t.match({ status, error }, { status: 'FAILED', error: { code: 'ResultInvalid', message } });
		t.equal(result, undefined, 'an invalid result does not reach a client');
	}
});

test('an invalid result cannot be redriven, because its execution has succeeded', async (t) => {
	const report = reportOf({});
	t.notOk(isRedrivable({ ...TASK, ...report }));
	t.strictSame(
		mirroredStatus(TASK, report, 60).statusOrder,
		mirroredStatus(TASK, reportOf({ id: 'a', lines: [] }), 60).statusOrder,
		'the first report of the end is final, even if a deploy changes the schema',
	);
});

test('a result is not checked while it is unknown, stored, or of a type that no longer exists', async (t) => {
	t.match(executionReport(TASK, running(TASK), DECLARED), { status: 'RUNNING' });
	t.match(reportOf({ $claim: claimKey(TASK, 'Work-1') }), { status: 'SUCCEEDED' });
	t.match(reportOf({ $claim: claimKey(pendingTask(2), 'Work-1') }), { status: 'FAILED' });
	t.match(reportOf({}, { errors: {} }), { status: 'SUCCEEDED', result: {} });
});
