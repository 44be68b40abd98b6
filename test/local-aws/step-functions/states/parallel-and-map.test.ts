import { setImmediate } from 'node:timers/promises';
import { test } from 'tap';
import { type Answer, failure, ok, openStepFunctions, TASK } from '../run-machine.ts';

const branch = (states: object) => ({ StartAt: Object.keys(states)[0] ?? '', States: { ...states } });
const FAIL = { Type: 'Fail', Error: 'Broken', Cause: 'why' } as const;
const WAIT = { Type: 'Wait', Seconds: 100, End: true } as const;
const DONE = { Type: 'Succeed' } as const;

test('a Parallel fails when its retries are exhausted', async (t) => {
	const { create, start, history, clock } = openStepFunctions(t);
	const Retry = [{ ErrorEquals: ['Broken'], IntervalSeconds: 1, MaxAttempts: 2, BackoffRate: 1 }];
	const Catch = [{ ErrorEquals: ['States.ALL'], Next: 'Done' }];
	const Branches = [branch({ Fail: FAIL })];
	const execution = await start(
		await create({ Both: { Type: 'Parallel', Branches, Retry, Catch, End: true }, Done: DONE }),
	);
	await clock.advance(2000);
	t.strictSame(await history(execution), [
		[1, 0, 'ExecutionStarted'],
		[2, 0, 'ParallelStateEntered'],
		[3, 2, 'ParallelStateStarted'],
		[4, 3, 'FailStateEntered'],
		[5, 4, 'ParallelStateStarted'],
		[6, 5, 'FailStateEntered'],
		[7, 6, 'ParallelStateStarted'],
		[8, 7, 'FailStateEntered'],
		[9, 8, 'ParallelStateFailed'],
		[10, 9, 'ParallelStateExited'],
		[11, 10, 'SucceedStateEntered'],
		[12, 11, 'SucceedStateExited'],
		[13, 12, 'ExecutionSucceeded'],
	]);
});

test('a failed iteration aborts the others, with the events of AWS', async (t) => {
	const { create, start, history, events, describe, clock } = openStepFunctions(t, {
		answer: () => new Promise(() => {}),
	});
	const ItemProcessor = branch({ Call: { ...TASK, TimeoutSeconds: '{% $states.input %}', End: true } });
	const execution = await start(
		await create({ Every: { Type: 'Map', Items: [9, 5], ItemProcessor, End: true } }),
	);
	await clock.advance(5000);
	t.strictSame(await history(execution), [
		[1, 0, 'ExecutionStarted'],
		[2, 0, 'MapStateEntered'],
		[3, 2, 'MapStateStarted'],
		[4, 3, 'MapIterationStarted'],
		[5, 3, 'MapIterationStarted'],
		[6, 4, 'TaskStateEntered'],
		[7, 5, 'TaskStateEntered'],
		[8, 6, 'TaskScheduled'],
		[9, 7, 'TaskScheduled'],
		[10, 8, 'TaskStarted'],
		[11, 9, 'TaskStarted'],
		[12, 11, 'TaskTimedOut'],
		[13, 12, 'MapIterationFailed'],
		[14, 12, 'TaskStateAborted'],
		[15, 12, 'MapIterationAborted'],
		[16, 12, 'MapStateFailed'],
		[17, 16, 'ExecutionFailed'],
	]);
	t.match(await describe(execution), { status: 'FAILED', error: 'States.Timeout' });
	const recorded = await events(execution);
	t.strictSame(recorded[2]?.['mapStateStartedEventDetails'], { length: 2 });
	t.strictSame(recorded[12]?.['mapIterationFailedEventDetails'], { name: 'Every', index: 1 });
	t.strictSame(recorded[14]?.['mapIterationAbortedEventDetails'], { name: 'Every', index: 0 });
	t.strictSame(Object.keys(recorded[15] ?? {}).toSorted(), ['id', 'previousEventId', 'timestamp', 'type']);
});

test('a Map fails before it starts if Items is not an array', async (t) => {
	const { create, start, history, describe } = openStepFunctions(t);
	const ItemProcessor = branch({ Each: { Type: 'Pass', End: true } });
	const execution = await start(
		await create({ Every: { Type: 'Map', Items: '{% $states.input.n %}', ItemProcessor, End: true } }),
		{ n: 1 },
	);
	t.strictSame(await history(execution), [
		[1, 0, 'ExecutionStarted'],
		[2, 0, 'MapStateEntered'],
		[3, 0, 'EvaluationFailed'],
		[4, 3, 'MapStateFailed'],
		[5, 4, 'ExecutionFailed'],
	]);
	t.match(await describe(execution), {
		error: 'States.QueryEvaluationError',
		cause:
			"An error occurred while executing the state 'Every' (entered at the event id #2). The JSONata expression '$states.input.n' specified for the field 'Items' returned an unexpected result type. Expected 'array', but was 'number' for value: 1",
	});
});

test('MaxConcurrency limits iterations, and an empty Map succeeds', async (t) => {
	for (const [MaxConcurrency, items, most] of [
		[3, 7, 3],
		['{% 1 + 1 %}', 7, 2],
		[0, 50, 40],
		[5, 0, 0],
	] as const) {
		let atOnce = 0;
		let mostAtOnce = 0;
		const answer: Answer = async ({ input }) => {
			mostAtOnce = Math.max(mostAtOnce, ++atOnce);
			await setImmediate();
			atOnce--;
			return ok(Object(input).index);
		};
		const { create, start, describe, settle } = openStepFunctions(t, { answer });
		const ItemSelector = {
			FunctionName: 'f',
			index: '{% $states.context.Map.Item.Index %}',
			item: '{% $states.context.Map.Item.Value %}',
		};
		const ItemProcessor = branch({ Call: { ...TASK, Arguments: '{% $states.input %}', End: true } });
		const execution = await start(
			await create({ Every: { Type: 'Map', MaxConcurrency, ItemSelector, ItemProcessor, End: true } }),
			Array.from({ length: items }, () => 'x'),
		);
		await settle();
		t.match(await describe(execution), {
			status: 'SUCCEEDED',
			output: JSON.stringify(Array.from({ length: items }, (_, index) => index)),
		});
		t.equal(mostAtOnce, most, `${items} by ${MaxConcurrency}`);
	}
});

test('branches and iterations read outer variables and cannot change them', async (t) => {
	const { create, start, describe } = openStepFunctions(t);
	const set = (Next: string) => ({ Type: 'Pass', Assign: { inner: '{% $outer + 1 %}' }, Next });
	const get = { Type: 'Pass', Output: '{% $inner %}', End: true };
	const states = (again: string) => ({ [`Set${again}`]: set(`Get${again}`), [`Get${again}`]: get });
	const execution = await start(
		await create({
			Begin: { Type: 'Pass', Assign: { outer: 1 }, Next: 'Both' },
			Both: {
				Type: 'Parallel',
				Branches: [
					branch(states('A')),
					branch({ B: { Type: 'Pass', Output: '{% $exists($inner) %}', End: true } }),
				],
				Output: '{% $states.result %}',
				Assign: { both: '{% $states.result[0] %}', seen: '{% $exists($inner) %}' },
				Next: 'Every',
			},
			Every: {
				Type: 'Map',
				Items: [1],
				ItemProcessor: branch(states('C')),
				Output: '{% [$states.input, $states.result, $both, $seen, $exists($inner)] %}',
				End: true,
			},
		}),
	);
	t.match(await describe(execution), { status: 'SUCCEEDED', output: '[2,false,2,2,false,false]' });
});

test('a failure in a nested Parallel aborts the whole Map', async (t) => {
	const { create, start, history, describe, clock } = openStepFunctions(t);
	const Inner = {
		Type: 'Parallel',
		Branches: [
			branch({ Long: WAIT }),
			branch({ Item: { Type: 'Wait', Seconds: '{% $states.input %}', Next: 'Fail' }, Fail: FAIL }),
		],
		End: true,
	};
	const Catch = [{ ErrorEquals: ['Broken'], Output: '{% $states.errorOutput %}', Next: 'Done' }];
	const execution = await start(
		await create({
			Every: { Type: 'Map', Items: [9, 2], ItemProcessor: branch({ Inner }), Catch, End: true },
			Done: DONE,
		}),
	);
	await clock.advance(2000);
	t.match(await describe(execution), { status: 'SUCCEEDED', output: '{"Error":"Broken","Cause":"why"}' });
	const list = await history(execution);
	const failed = list.find(([, , type]) => type === 'FailStateEntered')?.[0] ?? 0;
	t.strictSame(
		list.slice(failed).map(([, previous, type]) => [previous, type]),
		[
			[failed, 'WaitStateAborted'],
			[failed, 'ParallelStateFailed'],
			[failed + 2, 'MapIterationFailed'],
			[failed + 2, 'WaitStateAborted'],
			[failed + 2, 'WaitStateAborted'],
			[failed + 2, 'ParallelStateAborted'],
			[failed + 2, 'MapIterationAborted'],
			[failed + 2, 'MapStateFailed'],
			[failed + 8, 'MapStateExited'],
			[failed + 9, 'SucceedStateEntered'],
			[failed + 10, 'SucceedStateExited'],
			[failed + 11, 'ExecutionSucceeded'],
		],
	);
});

test('a sibling’s service call is aborted', async (t) => {
	const { create, start, calls } = openStepFunctions(t, {
		answer: ({ input }) => (Object(input).FunctionName === 'bad' ? failure('No') : new Promise(() => {})),
	});
	const work = (name: string) =>
		branch({ [name]: { ...TASK, Arguments: { FunctionName: name }, End: true } });
	await start(await create({ Both: { Type: 'Parallel', Branches: [work('slow'), work('bad')], End: true } }));
	t.strictSame(
		calls.map(({ signal }) => signal.aborted),
		[true, true],
	);
});
