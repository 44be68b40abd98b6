import { test } from 'tap';
import { failure, type MachineRun, ok, openStepFunctions } from './run-machine.ts';

const ASK = {
	Type: 'Task',
	Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
	Arguments: { FunctionName: 'f', Payload: '{% $states.context.Task.Token %}' },
	End: true,
} as const;

const tokenOf = ({ calls }: MachineRun, index = 0) => String(Object(calls[index]?.input).Payload);
const typesOf = async ({ history }: MachineRun, execution: string) =>
	(await history(execution)).map(([, , type]) => type);

test('SendTaskFailure fails the task, with or without error and cause', async (t) => {
	for (const why of [{ error: 'No', cause: 'by hand' }, { error: 'No' }, {}]) {
		const run = openStepFunctions(t, { answer: () => ok(null) });
		const execution = await run.start(await run.create({ Ask: ASK }));
		await run.api('SendTaskFailure', { taskToken: tokenOf(run), ...why });
		await run.settle();
		const { status, error, cause } = await run.describe(execution);
		t.strictSame({ status, error, cause }, { error: undefined, cause: undefined, ...why, status: 'FAILED' });
		t.strictSame((await run.events(execution)).at(-2)?.['taskFailedEventDetails'], {
			resourceType: 'lambda',
			resource: 'invoke.waitForTaskToken',
			...why,
		});
	}
});

test('a callback can arrive before the submission is answered', async (t) => {
	const submission = Promise.withResolvers<void>();
	const run = openStepFunctions(t, { answer: () => submission.promise.then(() => ok('submitted')) });
	const execution = await run.start(await run.create({ Ask: ASK }));
	await run.api('SendTaskSuccess', { taskToken: tokenOf(run), output: '"early"' });
	submission.resolve();
	await run.settle();
	t.match(await run.describe(execution), { status: 'SUCCEEDED', output: '"early"' });
	t.strictSame((await typesOf(run, execution)).slice(2), [
		'TaskScheduled',
		'TaskStarted',
		'TaskSucceeded',
		'TaskStateExited',
		'ExecutionSucceeded',
	]);
});

test('a failed submission fails the task and invalidates its token', async (t) => {
	const run = openStepFunctions(t, { answer: () => failure('Lambda.Unknown', 'why') });
	const execution = await run.start(await run.create({ Ask: ASK }));
	t.match(await run.describe(execution), { status: 'FAILED', error: 'Lambda.Unknown', cause: 'why' });
	await t.rejects(run.api('SendTaskSuccess', { taskToken: tokenOf(run), output: '1' }), {
		name: 'TaskTimedOut',
	});
});

test('each attempt has its own token', async (t) => {
	const run = openStepFunctions(t, { answer: () => ok(null) });
	const Retry = [{ ErrorEquals: ['No'], IntervalSeconds: 1 }];
	const execution = await run.start(await run.create({ Ask: { ...ASK, Retry } }));
	const first = tokenOf(run);
	await run.api('SendTaskFailure', { taskToken: first, error: 'No' });
	await run.clock.advance(1000);
	t.not(tokenOf(run, 1), first);
	await t.rejects(run.api('SendTaskSuccess', { taskToken: first, output: '1' }), { name: 'TaskTimedOut' });
	await run.api('SendTaskSuccess', { taskToken: tokenOf(run, 1), output: '2' });
	await run.settle();
	t.match(await run.describe(execution), { status: 'SUCCEEDED', output: '2' });
});

test('TimeoutSeconds applies despite heartbeats', async (t) => {
	const run = openStepFunctions(t, { answer: () => ok(null) });
	const limits = { TimeoutSeconds: 15, HeartbeatSeconds: '{% 5 * 2 %}' };
	const execution = await run.start(await run.create({ Ask: { ...ASK, ...limits } }));
	t.match((await run.events(execution))[2], {
		taskScheduledEventDetails: { timeoutInSeconds: 15, heartbeatInSeconds: 10 },
	});
	const taskToken = tokenOf(run);
	await run.clock.advance(9000);
	await run.api('SendTaskHeartbeat', { taskToken });
	await run.clock.advance(5999);
	t.match(await run.describe(execution), { status: 'RUNNING' });
	await run.clock.advance(1);
	t.match(await run.describe(execution), { status: 'FAILED', error: 'States.Timeout' });
	t.strictSame((await typesOf(run, execution)).slice(-2), ['TaskTimedOut', 'ExecutionFailed']);
	await t.rejects(run.api('SendTaskSuccess', { taskToken, output: '1' }), { name: 'TaskTimedOut' });
});

test('a missed heartbeat matches States.HeartbeatTimeout and States.Timeout', async (t) => {
	const cases: [names: string[], taken: boolean][] = [
		[['States.HeartbeatTimeout'], true],
		[['States.Timeout'], true],
		[['States.ALL'], true],
		[['States.TaskFailed'], false],
	];
	for (const [ErrorEquals, taken] of cases) {
		const run = openStepFunctions(t, { answer: () => ok(null) });
		const Catch = [{ ErrorEquals, Output: 'caught', Next: 'End' }];
		const execution = await run.start(
			await run.create({ Ask: { ...ASK, HeartbeatSeconds: 1, Catch }, End: { Type: 'Pass', End: true } }),
		);
		await run.clock.advance(1000);
		t.match(
			await run.describe(execution),
			taken ? { status: 'SUCCEEDED', output: '"caught"' } : { status: 'FAILED', error: 'States.Timeout' },
			ErrorEquals.join(),
		);
	}
});

test('TimeoutSeconds and HeartbeatSeconds must be positive integers', async (t) => {
	for (const seconds of [0, 1.5, 'soon']) {
		const run = openStepFunctions(t);
		const execution = await run.start(
			await run.create({ Ask: { ...ASK, TimeoutSeconds: '{% $states.input %}' } }),
			seconds,
		);
		t.match(await run.describe(execution), {
			status: 'FAILED',
			error: 'States.QueryEvaluationError',
			cause: /'Ask' \(entered at the event id #2\).*'TimeoutSeconds' returned an unexpected result type/,
		});
		t.strictSame(run.calls, []);
	}
});

test('StopExecution invalidates the token', async (t) => {
	const run = openStepFunctions(t, { answer: () => ok(null) });
	const executionArn = await run.start(await run.create({ Ask: ASK }));
	await run.api('StopExecution', { executionArn });
	await t.rejects(run.api('SendTaskHeartbeat', { taskToken: tokenOf(run) }), { name: 'TaskTimedOut' });
	await t.rejects(run.api('SendTaskHeartbeat', { taskToken: 'e30=' }), { name: 'InvalidToken' });
	await t.rejects(run.api('SendTaskHeartbeat', {}), { name: 'ValidationException' });
});
