import { test } from 'tap';
import { failure, ok, openStepFunctions, TASK } from './run-machine.ts';

test('sequential states', async (t) => {
	const { create, start, history, describe, events } = openStepFunctions(t);
	const arn = await create({
		First: {
			Type: 'Pass',
			Output: { n: '{% $states.input.n + 1 %}' },
			Assign: { kept: '{% $states.input.n %}' },
			Next: 'Second',
		},
		Second: {
			Type: 'Choice',
			Choices: [{ Condition: '{% $states.input.n > 1 %}', Next: 'Last' }],
			Default: 'Never',
		},
		Never: { Type: 'Fail' },
		Last: { Type: 'Succeed', Output: '{% {"n": $states.input.n, "kept": $kept} %}' },
	});
	const execution = await start(arn, { n: 1 });
	t.strictSame(await history(execution), [
		[1, 0, 'ExecutionStarted'],
		[2, 0, 'PassStateEntered'],
		[3, 2, 'PassStateExited'],
		[4, 3, 'ChoiceStateEntered'],
		[5, 4, 'ChoiceStateExited'],
		[6, 5, 'SucceedStateEntered'],
		[7, 6, 'SucceedStateExited'],
		[8, 7, 'ExecutionSucceeded'],
	]);
	t.match(await describe(execution), { status: 'SUCCEEDED', output: '{"n":2,"kept":1}' });
	t.match(await events(execution), [
		{
			executionStartedEventDetails: { input: '{"n":1}', inputDetails: { truncated: false }, roleArn: String },
		},
		{ stateEnteredEventDetails: { name: 'First', input: '{"n":1}' } },
		{
			stateExitedEventDetails: {
				name: 'First',
				output: '{"n":2}',
				assignedVariables: { kept: '1' },
				assignedVariablesDetails: { truncated: false },
			},
		},
	]);
});

test('a task that is retried and then caught', async (t) => {
	const { create, start, history, clock, describe, events } = openStepFunctions(t, {
		answer: () => failure('Busy', 'why'),
	});
	const arn = await create({
		Work: {
			...TASK,
			TimeoutSeconds: 30,
			Retry: [{ ErrorEquals: ['Busy'], IntervalSeconds: 2, MaxAttempts: 1, BackoffRate: 2 }],
			Catch: [{ ErrorEquals: ['States.ALL'], Output: '{% $states.errorOutput %}', Next: 'Lost' }],
			End: true,
		},
		Lost: { Type: 'Fail', Error: '{% $states.input.Error %}', Cause: '{% $states.input.Cause %}' },
	});
	const execution = await start(arn);
	t.match(await describe(execution), { status: 'RUNNING' });
	await clock.advance(1999);
	t.equal((await history(execution)).length, 5);
	await clock.advance(1);
	t.strictSame(await history(execution), [
		[1, 0, 'ExecutionStarted'],
		[2, 0, 'TaskStateEntered'],
		[3, 2, 'TaskScheduled'],
		[4, 3, 'TaskStarted'],
		[5, 4, 'TaskFailed'],
		[6, 5, 'TaskScheduled'],
		[7, 6, 'TaskStarted'],
		[8, 7, 'TaskFailed'],
		[9, 8, 'TaskStateExited'],
		[10, 9, 'FailStateEntered'],
		[11, 10, 'ExecutionFailed'],
	]);
	t.match(await describe(execution), { status: 'FAILED', error: 'Busy', cause: 'why' });
	t.match((await events(execution))[2], {
		taskScheduledEventDetails: {
			resourceType: 'lambda',
			resource: 'invoke',
			region: 'us-east-1',
			parameters: '{"FunctionName":"f"}',
			timeoutInSeconds: 30,
		},
	});
	t.match((await events(execution))[4], {
		taskFailedEventDetails: { resourceType: 'lambda', resource: 'invoke', error: 'Busy', cause: 'why' },
	});
});

test('a function ARN as resource', async (t) => {
	const { create, start, history, describe, calls } = openStepFunctions(t, {
		answer: () => ok({ StatusCode: 200, Payload: 7 }),
	});
	const Resource = 'arn:aws:lambda:us-east-1:123456789012:function:f';
	const execution = await start(await create({ Work: { Type: 'Task', Resource, End: true } }), { a: 1 });
	t.strictSame(await history(execution), [
		[1, 0, 'ExecutionStarted'],
		[2, 0, 'TaskStateEntered'],
		[3, 2, 'LambdaFunctionScheduled'],
		[4, 3, 'LambdaFunctionStarted'],
		[5, 4, 'LambdaFunctionSucceeded'],
		[6, 5, 'TaskStateExited'],
		[7, 6, 'ExecutionSucceeded'],
	]);
	t.match(await describe(execution), { output: '7' });
	t.match(calls, [{ resource: 'lambda:invoke', input: { FunctionName: Resource, Payload: { a: 1 } } }]);
});

test('a Parallel with a failing branch', async (t) => {
	const { create, start, history, describe } = openStepFunctions(t, {
		answer: ({ input }) =>
			JSON.stringify(input).includes('bad') ? failure('Broken') : new Promise(() => {}),
	});
	const work = (name: string) => ({
		StartAt: name,
		States: { [name]: { ...TASK, Arguments: { FunctionName: name }, End: true } },
	});
	const execution = await start(
		await create({ Both: { Type: 'Parallel', Branches: [work('slow'), work('bad')], End: true } }),
	);
	t.strictSame(await history(execution), [
		[1, 0, 'ExecutionStarted'],
		[2, 0, 'ParallelStateEntered'],
		[3, 2, 'ParallelStateStarted'],
		[4, 3, 'TaskStateEntered'],
		[5, 3, 'TaskStateEntered'],
		[6, 4, 'TaskScheduled'],
		[7, 5, 'TaskScheduled'],
		[8, 6, 'TaskStarted'],
		[9, 7, 'TaskStarted'],
		[10, 9, 'TaskFailed'],
		[11, 10, 'TaskStateAborted'],
		[12, 10, 'ParallelStateFailed'],
		[13, 12, 'ExecutionFailed'],
	]);
	t.match(await describe(execution), { status: 'FAILED', error: 'Broken' });
});

test('a Map', async (t) => {
	const { create, start, history, describe } = openStepFunctions(t);
	const ItemProcessor = {
		StartAt: 'Each',
		States: {
			Each: { Type: 'Pass', Output: '{% $states.context.Map.Item.Index * 10 + $states.input %}', End: true },
		},
	};
	const execution = await start(
		await create({
			Every: { Type: 'Map', Items: '{% $states.input.list %}', MaxConcurrency: 1, ItemProcessor, End: true },
		}),
		{ list: [1, 2] },
	);
	t.strictSame(await history(execution), [
		[1, 0, 'ExecutionStarted'],
		[2, 0, 'MapStateEntered'],
		[3, 2, 'MapStateStarted'],
		[4, 3, 'MapIterationStarted'],
		[5, 4, 'PassStateEntered'],
		[6, 5, 'PassStateExited'],
		[7, 6, 'MapIterationSucceeded'],
		[8, 3, 'MapIterationStarted'],
		[9, 8, 'PassStateEntered'],
		[10, 9, 'PassStateExited'],
		[11, 10, 'MapIterationSucceeded'],
		[12, 11, 'MapStateSucceeded'],
		[13, 11, 'MapStateExited'],
		[14, 13, 'ExecutionSucceeded'],
	]);
	t.match(await describe(execution), { output: '[1,12]' });
});

test('a task that waits for a callback', async (t) => {
	const { create, start, history, describe, calls, api, settle } = openStepFunctions(t, {
		answer: () => ok({ MessageId: '1' }),
	});
	const arn = await create({
		Ask: {
			Type: 'Task',
			Resource: 'arn:aws:states:::sns:publish.waitForTaskToken',
			Arguments: { TopicArn: 't', Message: { token: '{% $states.context.Task.Token %}' } },
			TimeoutSeconds: '{% 60 * 60 %}',
			Output: '{% $states.result %}',
			End: true,
		},
	});
	const execution = await start(arn);
	const taskToken = String(Object(calls[0]?.input).Message.token);
	await api('SendTaskSuccess', { taskToken, output: '"yes"' });
	await settle();
	await t.rejects(api('SendTaskSuccess', { taskToken, output: '"no"' }), { name: 'TaskTimedOut' });
	await t.rejects(api('SendTaskSuccess', { taskToken: 'nonsense', output: '1' }), { name: 'InvalidToken' });
	await t.rejects(api('SendTaskSuccess', { taskToken, output: '{' }), { name: 'InvalidOutput' });
	t.strictSame(await history(execution), [
		[1, 0, 'ExecutionStarted'],
		[2, 0, 'TaskStateEntered'],
		[3, 2, 'TaskScheduled'],
		[4, 3, 'TaskStarted'],
		[5, 4, 'TaskSubmitted'],
		[6, 5, 'TaskSucceeded'],
		[7, 6, 'TaskStateExited'],
		[8, 7, 'ExecutionSucceeded'],
	]);
	t.match(await describe(execution), { status: 'SUCCEEDED', output: '"yes"' });
});
