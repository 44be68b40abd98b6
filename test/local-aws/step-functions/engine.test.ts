import { test } from 'tap';
import { createManualClock } from '../../support/manual-clock.ts';
import { type Answer, failure, ok, openStepFunctions, TASK } from './run-machine.ts';

const double = {
	StartAt: 'Double',
	States: {
		Double: {
			...TASK,
			Arguments: { FunctionName: 'double', n: '{% $states.input %}' },
			Output: '{% $states.result * 2 %}',
			End: true,
		},
	},
};

/** Contains every kind of state that takes time. */
const STATES = {
	Begin: { Type: 'Pass', Assign: { limit: 3 }, Output: { list: [1, 2, 3] }, Next: 'Rest' },
	Rest: { Type: 'Wait', Seconds: 5, Next: 'Every' },
	Every: {
		Type: 'Map',
		Items: '{% $states.input.list %}',
		MaxConcurrency: 2,
		ItemProcessor: double,
		Next: 'Both',
	},
	Both: {
		Type: 'Parallel',
		Branches: [
			{
				StartAt: 'Sum',
				States: { Sum: { Type: 'Pass', Output: '{% $sum($states.input) + $limit %}', End: true } },
			},
			{
				StartAt: 'Try',
				States: {
					Try: {
						...TASK,
						Arguments: { FunctionName: 'try' },
						Retry: [{ ErrorEquals: ['Busy'], IntervalSeconds: 3 }],
						End: true,
					},
				},
			},
		],
		End: true,
	},
};

/** A service that fails its first call. */
function createAnswer(): Answer {
	let tries = 0;
	return ({ input }) => {
		const { FunctionName, n } = Object(input);
		if (FunctionName === 'double') return ok(n);
		return tries++ === 0 ? failure('Busy') : ok('done');
	};
}

const OUTPUT = '[15,"done"]';

test('a restart at any event does not change the outcome', async (t) => {
	const clock = createManualClock();
	const whole = openStepFunctions(t, { answer: createAnswer(), clock });
	const arn = await whole.create(STATES);
	const untouched = await whole.start(arn, {}, 'run');
	await clock.advance(20_000);
	t.match(await whole.describe(untouched), { status: 'SUCCEEDED', output: OUTPUT });
	const types = (await whole.history(untouched)).map(([, , type]) => type);

	for (const seconds of [0, 4, 5, 6, 7, 8, 9]) {
		const file = `${t.testdir({})}/states.db`;
		const answer = createAnswer();
		const time = createManualClock();
		const first = openStepFunctions(t, { answer, file, clock: time });
		const execution = await first.start(await first.create(STATES), {}, 'run');
		await time.advance(seconds * 1000);
		await first.close();

		const second = openStepFunctions(t, { answer, file, clock: time });
		await time.advance(20_000);
		t.match(await second.describe(execution), { status: 'SUCCEEDED', output: OUTPUT }, `after ${seconds} s`);
		const after = await second.history(execution);
		t.strictSame(
			after.map(([, , type]) => type).toSorted(),
			types.toSorted(),
			'no event is missing or duplicated',
		);
		t.strictSame(
			after.map(([id]) => id),
			after.map((_, index) => index + 1),
		);
		t.equal(second.statuses.at(-1) ?? first.statuses.at(-1), 'SUCCEEDED');
	}
});

test('a callback token survives a restart', async (t) => {
	const file = `${t.testdir({})}/states.db`;
	const clock = createManualClock();
	const first = openStepFunctions(t, { file, clock });
	const Resource = 'arn:aws:states:::lambda:invoke.waitForTaskToken';
	const Arguments = { FunctionName: 'f', Payload: '{% $states.context.Task.Token %}' };
	const execution = await first.start(
		await first.create({ Ask: { Type: 'Task', Resource, Arguments, End: true } }),
	);
	const taskToken = String(Object(first.calls[0]?.input).Payload);
	await first.close();

	const second = openStepFunctions(t, { file, clock });
	await second.settle();
	t.strictSame(second.calls, [], 'the submission is not repeated');
	await second.api('SendTaskSuccess', { taskToken, output: '"yes"' });
	await second.settle();
	t.match(await second.describe(execution), { status: 'SUCCEEDED', output: '"yes"' });
});

test('a redrive', async (t) => {
	let isBroken = true;
	const answer: Answer = ({ input }) =>
		Object(input).FunctionName === 'weak' && isBroken
			? failure('Broken', 'why')
			: ok(Object(input).FunctionName);
	const run = openStepFunctions(t, { answer });
	const call = (name: string) => ({
		StartAt: name,
		States: {
			[name]: { ...TASK, Arguments: { FunctionName: name }, Output: '{% $states.result %}', End: true },
		},
	});
	const arn = await run.create({
		Before: { ...TASK, Arguments: { FunctionName: 'before' }, Next: 'Both' },
		Both: {
			Type: 'Parallel',
			Branches: [
				call('strong'),
				{
					StartAt: 'Rest',
					States: { Rest: { Type: 'Wait', Seconds: 1, Next: 'weak' }, ...call('weak').States },
				},
			],
			End: true,
		},
	});
	const executionArn = await run.start(arn);
	await run.clock.advance(1000);
	t.match(await run.describe(executionArn), {
		status: 'FAILED',
		error: 'Broken',
		redriveCount: 0,
		redriveStatus: 'REDRIVABLE',
	});

	await t.test('continues from the failed state and keeps finished work', async (t) => {
		isBroken = false;
		const before = run.calls.length;
		t.match(await run.api('RedriveExecution', { executionArn }), { redriveDate: Number });
		await run.settle();
		t.strictSame(
			run.calls.slice(before).map(({ input }) => Object(input).FunctionName),
			['weak'],
		);
		const described = await run.describe(executionArn);
		t.match(described, { status: 'SUCCEEDED', output: '["strong","weak"]', redriveCount: 1 });
		t.notOk('error' in described);
		const types = (await run.history(executionArn)).map(([, , type]) => type);
		t.strictSame(types.slice(types.indexOf('ExecutionFailed')), [
			'ExecutionFailed',
			'ExecutionRedriven',
			'TaskScheduled',
			'TaskStarted',
			'TaskSucceeded',
			'TaskStateExited',
			'ParallelStateSucceeded',
			'ParallelStateExited',
			'ExecutionSucceeded',
		]);
		t.strictSame(run.statuses, ['RUNNING', 'FAILED', 'RUNNING', 'SUCCEEDED']);
	});

	await t.test('is refused after success', (t) =>
		t.rejects(run.api('RedriveExecution', { executionArn }), { name: 'ExecutionNotRedrivable' }),
	);
});

test('a redrive resets the retry count', async (t) => {
	const { create, start, api, clock, calls, describe } = openStepFunctions(t, {
		answer: () => failure('Busy'),
	});
	const executionArn = await start(
		await create({ Work: { ...TASK, Retry: [{ ErrorEquals: ['Busy'], MaxAttempts: 1 }], End: true } }),
	);
	await clock.advance(1000);
	t.equal(calls.length, 2);
	await api('RedriveExecution', { executionArn });
	await clock.advance(1000);
	t.equal(calls.length, 4);
	t.match(await describe(executionArn), { status: 'FAILED', redriveCount: 1 });
});

test('a repeated client token redrives once', async (t) => {
	const { create, start, api, clock, calls, describe } = openStepFunctions(t, {
		answer: () => failure('Broken'),
	});
	const executionArn = await start(await create({ Work: { ...TASK, End: true } }));
	const redrive = (clientToken: string) => api('RedriveExecution', { executionArn, clientToken });
	const first = await redrive('one');
	await clock.advance(1000);
	t.strictSame(await redrive('one'), first);
	t.equal(calls.length, 2);
	await clock.advance(15 * 60_000);
	await redrive('one');
	await clock.advance(1000);
	t.equal(calls.length, 3, 'after 15 minutes the token is new');
	t.match(await describe(executionArn), { status: 'FAILED', redriveCount: 2 });
});
