import { test } from 'tap';
import { createManualClock } from '../../support/manual-clock.ts';
import { type Answer, failure, ok, openStepFunctions, TASK } from './run-machine.ts';

const branch = (states: object) => ({ StartAt: Object.keys(states)[0] ?? '', States: { ...states } });

test('a timed-out task is scheduled again with its full timeout', async (t) => {
	const { api, create, start, describe, history, clock, calls } = openStepFunctions(t, {
		answer: () => new Promise(() => {}),
	});
	const executionArn = await start(await create({ Work: { ...TASK, TimeoutSeconds: 10, End: true } }));
	await clock.advance(3_600_000);
	await api('RedriveExecution', { executionArn });
	await clock.advance(9999);
	t.match(await describe(executionArn), { status: 'RUNNING', redriveCount: 1 });
	t.equal(calls.length, 2);
	await clock.advance(1);
	t.match(await describe(executionArn), { status: 'FAILED', error: 'States.Timeout' });
	t.strictSame((await history(executionArn)).map(([, , type]) => type).slice(4), [
		'TaskTimedOut',
		'ExecutionFailed',
		'ExecutionRedriven',
		'TaskScheduled',
		'TaskStarted',
		'TaskTimedOut',
		'ExecutionFailed',
	]);
});

test('an aborted callback task is submitted again with a new token', async (t) => {
	const { api, create, start, describe, calls, settle } = openStepFunctions(t, { answer: () => ok(null) });
	const Resource = 'arn:aws:states:::lambda:invoke.waitForTaskToken';
	const Arguments = { FunctionName: 'f', Payload: '{% $states.context.Task.Token %}' };
	const executionArn = await start(await create({ Ask: { Type: 'Task', Resource, Arguments, End: true } }));
	await api('StopExecution', { executionArn });
	await api('RedriveExecution', { executionArn });
	await settle();
	const [first, second] = calls.map(({ input }) => String(Object(input).Payload));
	t.ok(second);
	t.not(first, second);
	await api('SendTaskSuccess', { taskToken: second ?? '', output: '1' });
	await settle();
	t.match(await describe(executionArn), { status: 'SUCCEEDED', output: '1' });
});

test('the machine’s timeout restarts', async (t) => {
	const { api, create, start, describe, clock } = openStepFunctions(t);
	const executionArn = await start(
		await create({ Rest: { Type: 'Wait', Seconds: 100, End: true } }, { TimeoutSeconds: 60 }),
	);
	await clock.advance(60_000);
	t.match(await describe(executionArn), { status: 'TIMED_OUT' });
	await api('RedriveExecution', { executionArn });
	await clock.advance(40_000);
	t.match(await describe(executionArn), { status: 'SUCCEEDED' });
});

test('finished iterations are not rerun', async (t) => {
	let isBroken = true;
	const answer: Answer = ({ input }) =>
		Object(input).FunctionName === 2 && isBroken ? failure('No') : ok(Object(input).FunctionName);
	const { api, create, start, describe, calls, settle, events } = openStepFunctions(t, { answer });
	const ItemProcessor = branch({
		Call: { ...TASK, Arguments: { FunctionName: '{% $states.input %}' }, End: true },
	});
	const executionArn = await start(
		await create({ Every: { Type: 'Map', Items: [1, 2, 3], MaxConcurrency: 1, ItemProcessor, End: true } }),
	);
	isBroken = false;
	await api('RedriveExecution', { executionArn });
	await settle();
	t.match(await describe(executionArn), { status: 'SUCCEEDED', output: '[1,2,3]' });
	t.strictSame(
		calls.map(({ input }) => Object(input).FunctionName),
		[1, 2, 2, 3],
	);
	const redriven = (await events(executionArn)).find(({ type }) => type === 'ExecutionRedriven');
	t.strictSame(redriven?.['executionRedrivenEventDetails'], { redriveCount: 1 });
});

test('a failed expression is evaluated again and can read the redrive count', async (t) => {
	const { api, create, start, describe, clock, settle } = openStepFunctions(t);
	const executionArn = await start(
		await create({
			Work: {
				Type: 'Pass',
				Output:
					'{% $states.context.Execution.RedriveCount = 1 ? $states.context.Execution.RedriveTime : $nothing %}',
				End: true,
			},
		}),
	);
	t.match(await describe(executionArn), { status: 'FAILED', error: 'States.QueryEvaluationError' });
	await api('RedriveExecution', { executionArn });
	await settle();
	const output = JSON.stringify(new Date(clock.now()).toISOString());
	t.match(await describe(executionArn), { status: 'SUCCEEDED', output });
});

test('a redriven execution survives a restart, and its retries count from the redrive', async (t) => {
	const file = `${t.testdir({})}/states.db`;
	const clock = createManualClock();
	const first = openStepFunctions(t, { file, clock, answer: () => failure('Busy') });
	const Retry = [{ ErrorEquals: ['Busy'], IntervalSeconds: 10, MaxAttempts: 1 }];
	const Branches = [branch({ Call: { ...TASK, End: true } })];
	const executionArn = await first.start(
		await first.create({ Both: { Type: 'Parallel', Branches, Retry, End: true } }),
	);
	await clock.advance(10_000);
	t.match(await first.describe(executionArn), { status: 'FAILED' });
	await first.api('RedriveExecution', { executionArn });
	await clock.advance(1000);
	t.equal(first.calls.length, 3);
	await first.close();

	const second = openStepFunctions(t, { file, clock, answer: () => failure('Busy') });
	await clock.advance(8999);
	t.equal(second.calls.length, 0);
	await clock.advance(1);
	t.equal(second.calls.length, 1);
	t.match(await second.describe(executionArn), { status: 'FAILED', redriveCount: 1 });
});

test('each redrive has its own status events', async (t) => {
	const { api, create, start, describe, statuses, settle } = openStepFunctions(t, {
		answer: () => failure('No'),
	});
	const executionArn = await start(await create({ Work: { ...TASK, End: true } }));
	for (const redriveCount of [1, 2, 3]) {
		await api('RedriveExecution', { executionArn });
		await settle();
		t.match(await describe(executionArn), { status: 'FAILED', redriveCount, redriveDate: Number });
	}
	t.strictSame(statuses, Array.from({ length: 4 }, () => ['RUNNING', 'FAILED']).flat());
});

test('a Fail state fails again, and the caught task before it is not rerun', async (t) => {
	const { api, create, start, describe, calls, settle } = openStepFunctions(t, {
		answer: () => failure('Broken'),
	});
	const executionArn = await start(
		await create({
			Work: { ...TASK, Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Lost' }], End: true },
			Lost: {
				Type: 'Fail',
				Error: 'Lost',
				Cause: '{% "redrive " & $states.context.Execution.RedriveCount %}',
			},
		}),
	);
	t.match(await describe(executionArn), { status: 'FAILED', error: 'Lost', cause: 'redrive 0' });
	await api('RedriveExecution', { executionArn });
	await settle();
	t.match(await describe(executionArn), { status: 'FAILED', error: 'Lost', cause: 'redrive 1' });
	t.equal(calls.length, 1);
});

test('a Choice evaluates its rules again', async (t) => {
	const { api, create, start, describe, settle } = openStepFunctions(t);
	const Condition = '{% $states.context.Execution.RedriveCount = 1 %}';
	const executionArn = await start(
		await create({
			Which: { Type: 'Choice', Choices: [{ Condition, Next: 'Done' }] },
			Done: { Type: 'Succeed' },
		}),
	);
	t.match(await describe(executionArn), { status: 'FAILED', error: 'States.NoChoiceMatched' });
	await api('RedriveExecution', { executionArn });
	await settle();
	t.match(await describe(executionArn), { status: 'SUCCEEDED' });
});

test('an aborted Wait ends at once if its timestamp has passed, and else at its timestamp', async (t) => {
	for (const [redriveAfterMs, waitsMs] of [
		[3_600_000, 0],
		[10_000, 50_000],
	] as const) {
		const { api, create, start, describe, clock, settle } = openStepFunctions(t);
		const Timestamp = new Date(clock.now() + 60_000).toISOString();
		const executionArn = await start(await create({ Rest: { Type: 'Wait', Timestamp, End: true } }));
		await api('StopExecution', { executionArn });
		await clock.advance(redriveAfterMs);
		await api('RedriveExecution', { executionArn });
		await settle();
		if (waitsMs > 0) {
			t.match(await describe(executionArn), { status: 'RUNNING' });
			await clock.advance(waitsMs);
		}
		t.match(await describe(executionArn), { status: 'SUCCEEDED' });
	}
});

test('failed and aborted branches are rerun, finished branches are not', async (t) => {
	let isBroken = true;
	const { api, create, start, describe, calls, settle } = openStepFunctions(t, {
		answer({ input }) {
			const name = Object(input).FunctionName;
			if (!isBroken || name === 'finished') return ok(name);
			return name === 'failed' ? failure('Broken') : new Promise(() => {});
		},
	});
	const call = (name: string) =>
		branch({ [name]: { ...TASK, Arguments: { FunctionName: name }, End: true } });
	const Branches = ['finished', 'aborted', 'failed'].map(call);
	const executionArn = await start(await create({ All: { Type: 'Parallel', Branches, End: true } }));
	t.match(await describe(executionArn), { status: 'FAILED', error: 'Broken' });
	isBroken = false;
	await api('RedriveExecution', { executionArn });
	await settle();
	t.match(await describe(executionArn), { status: 'SUCCEEDED', output: '["finished","aborted","failed"]' });
	t.strictSame(
		calls.map(({ input }) => Object(input).FunctionName),
		['finished', 'aborted', 'failed', 'aborted', 'failed'],
	);
});

test('a Map within a Parallel reruns its failed iterations only', async (t) => {
	let isBroken = true;
	const { api, create, start, describe, calls, settle } = openStepFunctions(t, {
		answer: ({ input }) =>
			Object(input).FunctionName === 2 && isBroken ? failure('Broken') : ok(Object(input).FunctionName),
	});
	const ItemProcessor = branch({
		Call: { ...TASK, Arguments: { FunctionName: '{% $states.input %}' }, End: true },
	});
	const map = { Type: 'Map', Items: [1, 2], ItemProcessor, End: true };
	const executionArn = await start(
		await create({ Both: { Type: 'Parallel', Branches: [branch({ Each: map })], End: true } }),
	);
	t.match(await describe(executionArn), { status: 'FAILED' });
	isBroken = false;
	await api('RedriveExecution', { executionArn });
	await settle();
	t.match(await describe(executionArn), { status: 'SUCCEEDED', output: '[[1,2]]' });
	t.strictSame(
		calls.map(({ input }) => Object(input).FunctionName),
		[1, 2, 2],
	);
});

test('Retry of a Task, a Parallel and a Map counts anew after a redrive', async (t) => {
	const Retry = [{ ErrorEquals: ['Busy'], IntervalSeconds: 1, MaxAttempts: 2, BackoffRate: 1 }];
	const work = { ...TASK, Arguments: { FunctionName: '{% $states.context.State.RetryCount %}' } };
	for (const state of [
		{ ...work, Retry, End: true },
		{ Type: 'Parallel', Branches: [branch({ Work: { ...work, End: true } })], Retry, End: true },
		{ Type: 'Map', Items: [1], ItemProcessor: branch({ Work: { ...work, End: true } }), Retry, End: true },
	]) {
		const { api, create, start, describe, clock, calls } = openStepFunctions(t, {
			answer: () => failure('Busy'),
		});
		const executionArn = await start(await create({ State: state }));
		await clock.advance(2000);
		t.match(await describe(executionArn), { status: 'FAILED' });
		t.equal(calls.length, 3, state.Type);
		await api('RedriveExecution', { executionArn });
		await clock.advance(2000);
		t.match(await describe(executionArn), { status: 'FAILED', redriveCount: 1 });
		t.equal(calls.length, 6, state.Type);
		if (state.Type === 'Task')
			t.strictSame(
				calls.map(({ input }) => Object(input).FunctionName),
				[0, 1, 2, 0, 1, 2],
			);
	}
});

test('a redrive keeps the definition of the start', async (t) => {
	const { api, create, start, describe, settle } = openStepFunctions(t, { answer: () => failure('No') });
	const stateMachineArn = await create({ Work: { ...TASK, End: true } });
	const executionArn = await start(stateMachineArn);
	const definition = JSON.stringify({
		QueryLanguage: 'JSONata',
		StartAt: 'Other',
		States: { Other: { Type: 'Succeed' } },
	});
	await api('UpdateStateMachine', { stateMachineArn, definition });
	await api('RedriveExecution', { executionArn });
	await settle();
	t.match(await describe(executionArn), { status: 'FAILED', error: 'No', redriveCount: 1 });
});

test('an execution cannot be redriven after a year, or without its machine', async (t) => {
	const { api, create, start, describe, clock } = openStepFunctions(t, {
		answer: () => new Promise(() => {}),
	});
	const stateMachineArn = await create({ Work: { ...TASK, End: true } });
	const old = await start(stateMachineArn);
	await clock.advance(365 * 86_400_000 + 1);
	await api('StopExecution', { executionArn: old });
	t.match(await describe(old), {
		redriveStatus: 'NOT_REDRIVABLE',
		redriveStatusReason: 'Execution has exceeded the max execution time',
	});
	await t.rejects(api('RedriveExecution', { executionArn: old }), {
		name: 'ExecutionNotRedrivable',
		message: 'Execution has exceeded the max execution time',
	});
	const orphan = await start(stateMachineArn);
	await api('DeleteStateMachine', { stateMachineArn });
	await t.rejects(api('RedriveExecution', { executionArn: orphan }), {
		name: 'ExecutionNotRedrivable',
		message: 'State machine is in DELETING status',
	});
});
