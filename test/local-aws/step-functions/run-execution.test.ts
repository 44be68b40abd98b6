import { test } from 'tap';
import { pollUntil } from '../../support/poll.ts';
import { failure, ok, openStepFunctions, TASK } from './run-machine.ts';

const never = () => new Promise<never>(() => {});

test('which error names match which errors', async (t) => {
	const cases: [error: string, names: string[], taken: boolean][] = [
		['Busy', ['Busy'], true],
		['Busy', ['Other'], false],
		['Busy', ['States.TaskFailed'], true],
		['Busy', ['States.ALL'], true],
		['States.Timeout', ['States.TaskFailed'], false],
		['States.Timeout', ['States.Timeout'], true],
		['States.DataLimitExceeded', ['States.ALL'], false],
		['States.DataLimitExceeded', ['States.DataLimitExceeded'], true],
		['Lambda.Unknown', ['States.TaskFailed'], true],
		['Sandbox.Timedout', ['States.TaskFailed'], true],
		['Runtime.ExitError', ['States.ALL'], true],
		['States.DataLimitExceeded', ['States.TaskFailed'], true],
		['States.Runtime', ['States.ALL'], false],
		['States.Runtime', ['States.Runtime'], false],
	];
	for (const [error, ErrorEquals, taken] of cases) {
		const { create, start, describe } = openStepFunctions(t, { answer: () => failure(error) });
		const Catch = [{ ErrorEquals, Output: 'caught', Next: 'End' }];
		const execution = await start(
			await create({ Work: { ...TASK, Catch, Next: 'End' }, End: { Type: 'Succeed' } }),
		);
		t.match(
			await describe(execution),
			taken ? { status: 'SUCCEEDED', output: '"caught"' } : { status: 'FAILED', error },
			`${error} by ${ErrorEquals.join()}`,
		);
	}
});

test('timeouts', async (t) => {
	await t.test('of a task, by a number or an expression', async (t) => {
		for (const TimeoutSeconds of [5, '{% $states.input.limit %}']) {
			const { create, start, describe, clock, history } = openStepFunctions(t, { answer: never });
			const execution = await start(await create({ Work: { ...TASK, TimeoutSeconds, End: true } }), {
				limit: 5,
			});
			await clock.advance(4999);
			t.match(await describe(execution), { status: 'RUNNING' });
			await clock.advance(1);
			t.match(await describe(execution), { status: 'FAILED', error: 'States.Timeout' });
			t.match((await history(execution)).at(-2), [5, 4, 'TaskTimedOut']);
		}
	});

	await t.test('of the machine', async (t) => {
		const { create, start, describe, clock, history, statuses } = openStepFunctions(t);
		const execution = await start(
			await create({ Rest: { Type: 'Wait', Seconds: 100, End: true } }, { TimeoutSeconds: 60 }),
		);
		await clock.advance(60_000);
		t.match(await describe(execution), { status: 'TIMED_OUT' });
		t.strictSame(
			(await history(execution)).map(([, , type]) => type),
			['ExecutionStarted', 'WaitStateEntered', 'ExecutionTimedOut'],
		);
		t.strictSame(statuses, ['RUNNING', 'TIMED_OUT']);
	});

	await t.test('of a heartbeat', async (t) => {
		const { create, start, describe, clock, calls, api } = openStepFunctions(t, { answer: () => ok(null) });
		const Resource = 'arn:aws:states:::lambda:invoke.waitForTaskToken';
		const Arguments = { FunctionName: 'f', Payload: '{% $states.context.Task.Token %}' };
		const execution = await start(
			await create({ Work: { Type: 'Task', Resource, Arguments, HeartbeatSeconds: 10, End: true } }),
		);
		const taskToken = String(Object(calls[0]?.input).Payload);
		await clock.advance(9000);
		await api('SendTaskHeartbeat', { taskToken });
		await clock.advance(9000);
		t.match(await describe(execution), { status: 'RUNNING' });
		await clock.advance(1000);
		t.match(await describe(execution), { status: 'FAILED', error: 'States.Timeout' });
		await t.rejects(api('SendTaskHeartbeat', { taskToken }), { name: 'TaskTimedOut' });
	});
});

test('StopExecution aborts a running execution', async (t) => {
	const { create, start, describe, api, history, statuses } = openStepFunctions(t, { answer: never });
	const executionArn = await start(await create({ Work: { ...TASK, End: true } }));
	await api('StopExecution', { executionArn, error: 'Cancelled', cause: 'by hand' });
	t.match(await describe(executionArn), {
		status: 'ABORTED',
		error: 'Cancelled',
		cause: 'by hand',
		stopDate: Number,
	});
	t.strictSame((await history(executionArn)).slice(-2), [
		[4, 3, 'TaskStarted'],
		[5, 0, 'ExecutionAborted'],
	]);
	t.strictSame(statuses, ['RUNNING', 'ABORTED']);
});

test('a failed expression is recorded and can be caught', async (t) => {
	const { create, start, describe, events } = openStepFunctions(t);
	const Catch = [{ ErrorEquals: ['States.QueryEvaluationError'], Output: 'caught', Next: 'End' }];
	const Arguments = { FunctionName: '{% $states.input.nothing %}' };
	const execution = await start(
		await create({ Work: { ...TASK, Arguments, Catch, Next: 'End' }, End: { Type: 'Succeed' } }),
	);
	t.match(await describe(execution), { status: 'SUCCEEDED', output: '"caught"' });
	t.match((await events(execution))[2], {
		type: 'EvaluationFailed',
		evaluationFailedEventDetails: {
			error: 'States.QueryEvaluationError',
			cause: /returned nothing/,
			location: 'Arguments',
			state: 'Work',
		},
	});
});

test('a task result above 256 KiB fails', async (t) => {
	const { create, start, describe } = openStepFunctions(t, { answer: () => ok('x'.repeat(262_143)) });
	const execution = await start(await create({ Work: { ...TASK, End: true } }));
	t.match(await describe(execution), { status: 'FAILED', error: 'States.DataLimitExceeded' });
});

test('an execution fails at 25,000 events', async (t) => {
	const { create, start, describe, settle, api } = openStepFunctions(t);
	const execution = await start(
		await create({
			Round: { Type: 'Pass', Next: 'Again' },
			Again: { Type: 'Choice', Choices: [{ Condition: true, Next: 'Round' }], Default: 'Out' },
			Out: { Type: 'Succeed' },
		}),
	);
	const ended = await pollUntil('the end of the execution', async () => {
		await settle();
		const described = await describe(execution);
		return described['status'] === 'RUNNING' ? undefined : described;
	});
	t.match(ended, { status: 'FAILED', error: 'States.Runtime', cause: /25000/ });
	const last = await api('GetExecutionHistory', {
		executionArn: execution,
		reverseOrder: true,
		maxResults: 1,
	});
	t.match(last, { events: [{ id: 25_000, type: 'ExecutionFailed' }], nextToken: String });
	t.match(await describe(execution), {
		redriveStatus: 'NOT_REDRIVABLE',
		redriveStatusReason: 'Execution history event limit exceeded',
	});
	await t.rejects(api('RedriveExecution', { executionArn: execution }), {
		name: 'ExecutionNotRedrivable',
		message: 'Execution history event limit exceeded',
	});
});
