import { test } from 'tap';
import type { JsonObject } from '../../../src/local-aws/json.ts';
import { createManualClock } from '../../support/manual-clock.ts';
import { failure, openStepFunctions, TASK } from './run-machine.ts';

const ROLE = 'arn:aws:iam::123456789012:role/x';
const PREFIX = 'arn:aws:states:us-east-1:123456789012';
const definition = (states: object) =>
	JSON.stringify({ QueryLanguage: 'JSONata', StartAt: Object.keys(states)[0], States: states });
const GREET = definition({ Greet: { Type: 'Pass', Output: 'hello', End: true } });

const arns = (list: unknown) =>
	Array.isArray(list)
		? list.map(({ executionArn }: JsonObject) => String(executionArn).split(':').at(-1))
		: [];

test('an execution name is unique', async (t) => {
	const { api, clock, create } = openStepFunctions(t);
	const stateMachineArn = await create({ Rest: { Type: 'Wait', Seconds: 1, End: true } });
	const start = (input: string) => api('StartExecution', { stateMachineArn, name: 'n', input });
	const started = await start('{"a":1}');
	await clock.advance(500);
	t.strictSame(await start('{"a":1}'), started, 'the same answer while it runs');
	await t.rejects(start('{"a":2}'), { name: 'ExecutionAlreadyExists' });
	await clock.advance(500);
	await t.rejects(start('{"a":1}'), { name: 'ExecutionAlreadyExists' }, 'not once it is over');
});

test('missing resources and invalid input have the errors of AWS', async (t) => {
	const { api, create } = openStepFunctions(t);
	const stateMachineArn = await create({ Greet: { Type: 'Pass', End: true } });
	const missing = `${PREFIX}:execution:m:none`;
	const cases: [operation: string, input: JsonObject, name: string][] = [
		['StartExecution', {}, 'ValidationException'],
		['StartExecution', { stateMachineArn: 'm' }, 'InvalidArn'],
		['StartExecution', { stateMachineArn: `${PREFIX}:stateMachine:none` }, 'StateMachineDoesNotExist'],
		['StartExecution', { stateMachineArn, name: 'a b' }, 'InvalidName'],
		['StartExecution', { stateMachineArn, input: '{' }, 'InvalidExecutionInput'],
		['StartExecution', { stateMachineArn, input: `"${'ü'.repeat(131_072)}"` }, 'InvalidExecutionInput'],
		['DescribeExecution', { executionArn: 'x' }, 'InvalidArn'],
		['DescribeExecution', { executionArn: missing }, 'ExecutionDoesNotExist'],
		['GetExecutionHistory', { executionArn: missing }, 'ExecutionDoesNotExist'],
		['StopExecution', { executionArn: missing }, 'ExecutionDoesNotExist'],
		['RedriveExecution', { executionArn: missing }, 'ExecutionDoesNotExist'],
		['ListExecutions', { stateMachineArn, statusFilter: 'DONE' }, 'ValidationException'],
		['ListExecutions', { stateMachineArn, maxResults: 1001 }, 'ValidationException'],
		['ListExecutions', { stateMachineArn, nextToken: '!!' }, 'InvalidToken'],
		['DescribeStateMachine', { stateMachineArn: 'm' }, 'InvalidArn'],
		[
			'CreateStateMachine',
			{ name: 'e', definition: GREET, roleArn: ROLE, type: 'EXPRESS' },
			'ValidationException',
		],
	];
	for (const [operation, input, name] of cases)
		await t.rejects(api(operation, input), { name }, `${operation} ${name}`);
});

test('ListExecutions returns pages, newest first', async (t) => {
	const { api, clock, create, start } = openStepFunctions(t);
	const stateMachineArn = await create({ Rest: { Type: 'Wait', Seconds: '{% $states.input %}', End: true } });
	for (const [index, seconds] of [100, 1, 100].entries()) {
		await start(stateMachineArn, seconds, `run-${index}`);
		await clock.advance(1000);
	}
	const first = await api('ListExecutions', { stateMachineArn, maxResults: 2 });
	t.strictSame(arns(first['executions']), ['run-2', 'run-1']);
	const second = await api('ListExecutions', {
		stateMachineArn,
		maxResults: 2,
		nextToken: first['nextToken'] ?? '',
	});
	t.strictSame(arns(second['executions']), ['run-0']);
	t.notOk('nextToken' in second);
	const done = await api('ListExecutions', { stateMachineArn, statusFilter: 'SUCCEEDED' });
	t.match(done, {
		executions: [{ name: 'run-1', status: 'SUCCEEDED', startDate: Number, stopDate: Number }],
	});
});

test('GetExecutionHistory returns pages in both orders, with or without data', async (t) => {
	const { api, create, start } = openStepFunctions(t);
	const executionArn = await start(await create({ A: { Type: 'Pass', Next: 'B' }, B: { Type: 'Succeed' } }));
	const ids: unknown[] = [];
	for (let nextToken: JsonObject = {}; ; ) {
		const page = await api('GetExecutionHistory', {
			executionArn,
			maxResults: 2,
			reverseOrder: true,
			...nextToken,
		});
		if (Array.isArray(page['events'])) ids.push(page['events'].map((event) => Object(event).id));
		if (page['nextToken'] === undefined) break;
		nextToken = { nextToken: page['nextToken'] };
	}
	t.strictSame(ids, [
		[6, 5],
		[4, 3],
		[2, 1],
	]);
	const { events } = await api('GetExecutionHistory', { executionArn, includeExecutionData: false });
	t.notMatch(JSON.stringify(events), /"(in|out)put/);
	t.match(events, [
		{ executionStartedEventDetails: { roleArn: String } },
		{ stateEnteredEventDetails: { name: 'A' } },
	]);
});

test('redriveStatus and its reasons', async (t) => {
	const clock = createManualClock();
	const { api, create, start, describe } = openStepFunctions(t, { clock, answer: () => failure('No') });
	const running = await start(await create({ Rest: { Type: 'Wait', Seconds: 1, End: true } }));
	t.match(await describe(running), {
		redriveStatus: 'NOT_REDRIVABLE',
		redriveStatusReason: 'Execution is RUNNING and cannot be redriven',
	});
	const executionArn = await start(await create({ Work: { ...TASK, End: true } }));
	await clock.advance(14 * 24 * 3_600_000);
	t.match(await describe(executionArn), { redriveStatus: 'REDRIVABLE' });
	await clock.advance(1);
	t.match(await describe(executionArn), {
		redriveStatus: 'NOT_REDRIVABLE',
		redriveStatusReason: 'Execution redrivable period exceeded',
	});
	await t.rejects(api('RedriveExecution', { executionArn }), { name: 'ExecutionNotRedrivable' });
});
