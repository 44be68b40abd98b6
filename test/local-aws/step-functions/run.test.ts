import { type Test, test } from 'tap';
import type { JsonObject } from '../../../src/local-aws/json.ts';
import { createManualClock } from '../../support/manual-clock.ts';
import { type Answer, failure, ok, openStepFunctions, TASK } from './run-machine.ts';

const never: Answer = () => new Promise(() => {});

const ASK = {
	Type: 'Task',
	Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
	Arguments: { FunctionName: 'f', Payload: '{% $states.context.Task.Token %}' },
	End: true,
};

/** A branch that returns its input after its call is answered. */
const ECHO = { StartAt: 'Echo', States: { Echo: { ...TASK, Output: '{% $states.input %}', End: true } } };

/** Step Functions that can be restarted; after a restart the random numbers differ. */
function openTwice(t: Test, { first, second }: { first: number; second: number }, answer: Answer = never) {
	const file = `${t.testdir({})}/states.db`;
	const clock = createManualClock();
	const before = openStepFunctions(t, { file, clock, answer, random: () => first });
	return {
		clock,
		before,
		restart: async () => {
			await before.close();
			const after = openStepFunctions(t, { file, clock, random: () => second });
			await after.settle();
			return after;
		},
	};
}

const DECISIONS: Record<string, { state: JsonObject; output: string }> = {
	'the items of a Map': {
		state: { Type: 'Map', Items: '{% [1..$floor($random() * 8)] %}', ItemProcessor: ECHO, End: true },
		output: '[1,2]',
	},
	'the value of an ItemSelector': {
		state: { Type: 'Map', Items: [1], ItemSelector: '{% $random() %}', ItemProcessor: ECHO, End: true },
		output: '[0.25]',
	},
	'the input of branches': {
		state: { Type: 'Parallel', Arguments: '{% $random() %}', Branches: [ECHO], End: true },
		output: '[0.25]',
	},
};

for (const [name, { state, output }] of Object.entries(DECISIONS)) {
	test(`chance has no second say after a restart: ${name}`, async (t) => {
		const { before, restart } = openTwice(t, { first: 0.25, second: 0.5 });
		const execution = await before.start(await before.create({ Only: state }));
		const after = await restart();
		t.match(await after.describe(execution), { status: 'SUCCEEDED', output });
	});
}

test('a restart keeps the random end of a Wait', async (t) => {
	const { before, restart, clock } = openTwice(t, { first: 0.1, second: 0.9 });
	const Seconds = '{% $floor($random() * 100) %}';
	const execution = await before.start(await before.create({ Rest: { Type: 'Wait', Seconds, End: true } }));
	const after = await restart();
	await clock.advance(9999);
	t.match(await after.describe(execution), { status: 'RUNNING' });
	await clock.advance(1);
	t.match(await after.describe(execution), { status: 'SUCCEEDED' });
});

test('a callback works after a restart, also for an attempt delayed by jitter', async (t) => {
	let calls = 0;
	const busyOnce: Answer = () => (calls++ === 0 ? failure('Busy') : ok(null));
	const { before, restart, clock } = openTwice(t, { first: 0.01, second: 0.99 }, busyOnce);
	const Retry = [{ ErrorEquals: ['Busy'], IntervalSeconds: 100, JitterStrategy: 'FULL' }];
	const execution = await before.start(await before.create({ Ask: { ...ASK, Retry } }));
	await clock.advance(1000);
	const taskToken = String(Object(before.calls[1]?.input).Payload);
	const after = await restart();
	await after.api('SendTaskSuccess', { taskToken, output: '"yes"' });
	await after.settle();
	t.match(await after.describe(execution), { status: 'SUCCEEDED', output: '"yes"' });
});

test('a restart does not count as a heartbeat', async (t) => {
	const { before, restart, clock } = openTwice(t, { first: 0, second: 0 }, () => ok(null));
	const execution = await before.start(await before.create({ Ask: { ...ASK, HeartbeatSeconds: 10 } }));
	const taskToken = String(Object(before.calls[0]?.input).Payload);
	await clock.advance(8000);
	await before.api('SendTaskHeartbeat', { taskToken });
	await clock.advance(8000);
	const after = await restart();
	await clock.advance(1999);
	t.match(await after.describe(execution), { status: 'RUNNING' });
	await clock.advance(1);
	t.match(await after.describe(execution), { status: 'FAILED', error: 'States.Timeout' });
});

test('a Map does not evaluate expressions in its input', async (t) => {
	const { create, start, describe } = openStepFunctions(t);
	const ItemProcessor = { StartAt: 'Pass', States: { Pass: { Type: 'Pass', End: true } } };
	const arn = await create({ Every: { Type: 'Map', ItemProcessor, End: true } });
	for (const input of [['{% 1 + 1 %}'], [], [5], [[1]], [[]], [null]]) {
		const output = JSON.stringify(input);
		t.match(await describe(await start(arn, input)), { status: 'SUCCEEDED', output });
	}
	t.match(await describe(await start(arn, 'text')), {
		status: 'FAILED',
		error: 'States.QueryEvaluationError',
	});
});

test('a redrive ignores the task outcome of the previous run', async (t) => {
	let isBroken = true;
	const answer: Answer = () => (isBroken ? failure('Broken') : ok(1));
	const { create, start, describe, api, clock } = openStepFunctions(t, { answer });
	const FunctionName = '{% $states.context.State.RetryCount = 0 ? $nothing : "f" %}';
	const Retry = [{ ErrorEquals: ['States.QueryEvaluationError'] }];
	const executionArn = await start(
		await create({ Work: { ...TASK, Arguments: { FunctionName }, Retry, End: true } }),
	);
	await clock.advance(1000);
	t.match(await describe(executionArn), { status: 'FAILED', error: 'Broken' });
	isBroken = false;
	await api('RedriveExecution', { executionArn });
	await clock.advance(1000);
	t.match(await describe(executionArn), { status: 'SUCCEEDED', output: '1' });
});

test('a redrive reruns all branches after States.DataLimitExceeded', async (t) => {
	let output = 'x'.repeat(200_000);
	const { create, start, describe, api, calls, settle } = openStepFunctions(t, { answer: () => ok(output) });
	const branch = (name: string) => ({ StartAt: name, States: { [name]: { ...TASK, End: true } } });
	const executionArn = await start(
		await create({ Both: { Type: 'Parallel', Branches: [branch('A'), branch('B')], End: true } }),
	);
	t.match(await describe(executionArn), { status: 'FAILED', error: 'States.DataLimitExceeded' });
	output = 'x';
	await api('RedriveExecution', { executionArn });
	await settle();
	t.equal(calls.length, 4);
	t.match(await describe(executionArn), { status: 'SUCCEEDED', output: '["x","x"]' });
});
