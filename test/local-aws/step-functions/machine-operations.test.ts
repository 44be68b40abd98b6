import { test } from 'tap';
import { openStepFunctions } from './run-machine.ts';

const ROLE = 'arn:aws:iam::123456789012:role/x';
const PREFIX = 'arn:aws:states:us-east-1:123456789012';
const definition = (states: object) =>
	JSON.stringify({ QueryLanguage: 'JSONata', StartAt: Object.keys(states)[0], States: states });
const GREET = definition({ Greet: { Type: 'Pass', Output: 'hello', End: true } });
const REST = definition({ Rest: { Type: 'Wait', Seconds: 60, End: true } });

test('CreateStateMachine is idempotent', async (t) => {
	const { api, clock } = openStepFunctions(t);
	const created = await api('CreateStateMachine', { name: 'm', definition: GREET, roleArn: ROLE });
	t.strictSame(created, { stateMachineArn: `${PREFIX}:stateMachine:m`, creationDate: clock.now() / 1000 });
	await clock.advance(1000);
	const again = { name: 'm', definition: GREET, roleArn: `${ROLE}2` };
	t.strictSame(await api('CreateStateMachine', again), created, 'another role does not change the machine');
	t.match(await api('DescribeStateMachine', { stateMachineArn: `${PREFIX}:stateMachine:m` }), {
		roleArn: ROLE,
		status: 'ACTIVE',
		type: 'STANDARD',
		definition: GREET,
	});
	await t.rejects(api('CreateStateMachine', { name: 'm', definition: REST, roleArn: ROLE }), {
		name: 'StateMachineAlreadyExists',
	});
});

test('invalid names are refused', async (t) => {
	const { api } = openStepFunctions(t);
	const create = (name: string) => api('CreateStateMachine', { name, definition: GREET, roleArn: ROLE });
	for (const name of [
		'a b',
		'a/b',
		'a:b',
		'a*',
		'<a>',
		'a#',
		'a\u0007',
		'😀',
		'\ud83d',
		'a\ufffe',
		'n'.repeat(81),
	])
		await t.rejects(create(name), { name: 'InvalidName' }, name);
	for (const name of ['a.b', 'a_b-c', 'ä', 'a+b=c@d', 'n'.repeat(80)]) await t.resolves(create(name), name);
});

test('an update applies to executions that start after it', async (t) => {
	const { api, clock } = openStepFunctions(t);
	const stateMachineArn = String(
		(await api('CreateStateMachine', { name: 'm', definition: REST, roleArn: ROLE }))['stateMachineArn'],
	);
	const { executionArn } = await api('StartExecution', { stateMachineArn });
	await api('UpdateStateMachine', { stateMachineArn, definition: GREET });
	t.match(await api('DescribeStateMachine', { stateMachineArn }), { definition: GREET, roleArn: ROLE });
	const of = { executionArn: executionArn ?? '' };
	t.match(await api('DescribeStateMachineForExecution', of), { definition: REST });
	await clock.advance(60_000);
	t.match(await api('DescribeExecution', of), { status: 'SUCCEEDED', output: '{}' });
	await t.rejects(api('UpdateStateMachine', { stateMachineArn }), { name: 'MissingRequiredParameter' });
	await t.rejects(api('UpdateStateMachine', { stateMachineArn, definition: '{}' }), {
		name: 'InvalidDefinition',
	});
});

test('deleting a machine stops its executions and frees its name', async (t) => {
	const file = `${t.testdir({})}/states.db`;
	const first = openStepFunctions(t, { file });
	const make = (text: string) =>
		first.api('CreateStateMachine', { name: 'm', definition: text, roleArn: ROLE });
	const stateMachineArn = String((await make(REST))['stateMachineArn']);
	const resting = await first.start(stateMachineArn);
	await first.api('DeleteStateMachine', { stateMachineArn });
	await first.api('DeleteStateMachine', { stateMachineArn });
	t.match(await first.describe(resting), { status: 'ABORTED' });
	await t.rejects(first.start(stateMachineArn), { name: 'StateMachineDoesNotExist' });
	await make(GREET);
	t.match(await first.describe(await first.start(stateMachineArn)), { output: '"hello"' });
	await first.close();
	t.match(await openStepFunctions(t, { file }).describe(resting), { status: 'ABORTED' });
});

test('ValidateStateMachineDefinition', async (t) => {
	const { api } = openStepFunctions(t);
	t.match(await api('ValidateStateMachineDefinition', { definition: GREET }), {
		result: 'OK',
		diagnostics: [],
	});
	t.match(await api('ValidateStateMachineDefinition', { definition: '{}' }), {
		result: 'FAIL',
		diagnostics: [
			{
				severity: 'ERROR',
				code: 'SCHEMA_VALIDATION_FAILED',
				message: 'These fields are required: [StartAt, States]',
				location: '/',
			},
		],
		truncated: false,
	});
	const two = JSON.stringify({ QueryLanguage: 'JSONata', StartAt: 'A', States: { A: { Type: 'X' }, B: {} } });
	const limited = await api('ValidateStateMachineDefinition', { definition: two, maxResults: 1 });
	t.match(limited, { result: 'FAIL', diagnostics: [{ location: '/States/A/Type' }], truncated: true });
	t.equal(Object(limited['diagnostics']).length, 1);
});
