import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Test, test } from 'tap';
import { startStack } from '../../../src/local-aws/index.ts';

const ROLE = { Type: 'AWS::IAM::Role', Properties: { AssumeRolePolicyDocument: {} } };

const func = (FunctionName: string, Variables: Record<string, string>, more: object = {}) => ({
	Type: 'AWS::Lambda::Function',
	Properties: {
		FunctionName,
		Handler: 'code.handler',
		Runtime: 'nodejs24.x',
		Environment: { Variables },
		...more,
	},
});

const machine = (States: object) => ({
	Type: 'AWS::StepFunctions::StateMachine',
	Properties: {
		StateMachineName: 'machine',
		RoleArn: { 'Fn::GetAtt': ['Role', 'Arn'] },
		Definition: { QueryLanguage: 'JSONata', StartAt: 'A', States },
	},
});

const PASS = { A: { Type: 'Pass', End: true } };

async function boot(t: Test, resources: object) {
	const projectDir = t.testdir({ 'code.mjs': 'export const handler = async () => process.env.WORD;' });
	const stack = await startStack({ template: { Resources: resources }, projectDir });
	t.teardown(() => stack.close());
	const post = async (path: string, headers: Record<string, string>, body: object) =>
		(
			await fetch(`${stack.awsEndpoint}${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
		).json();
	const sign = (service: string) =>
		`AWS4-HMAC-SHA256 Credential=x/20260101/us-east-1/${service}/aws4_request`;
	return {
		stack,
		projectDir,
		update: (next: object) => stack.update({ Resources: next }),
		invoke: (name: string): Promise<unknown> =>
			post(`/2015-03-31/functions/${name}/invocations`, { authorization: sign('lambda') }, {}),
		states: async (operation: string, input: object): Promise<Record<string, unknown>> =>
			Object(
				await post(
					'/',
					{
						authorization: sign('states'),
						'x-amz-target': `AWSStepFunctions.${operation}`,
						'content-type': 'application/x-amz-json-1.0',
					},
					input,
				),
			),
	};
}

test('changed, new and missing resources are updated, created and deleted', async (t) => {
	const { update, invoke } = await boot(t, {
		Role: ROLE,
		One: func('one', { WORD: 'a' }),
		Two: func('two', {}),
	});
	t.equal(await invoke('one'), 'a');
	t.strictSame(
		await update({ Role: ROLE, One: func('one', { WORD: 'b' }), Three: func('three', { WORD: 'c' }) }),
		{
			applied: [
				{ kind: 'updated', logicalId: 'One', type: 'AWS::Lambda::Function' },
				{ kind: 'created', logicalId: 'Three', type: 'AWS::Lambda::Function' },
				{ kind: 'deleted', logicalId: 'Two', type: 'AWS::Lambda::Function' },
			],
			failed: [],
		},
	);
	t.equal(await invoke('one'), 'b');
	t.equal(await invoke('three'), 'c');
	t.match(await invoke('two'), { Message: /Function not found/ });
});

test('a template without a difference changes nothing, whatever the place of the code', async (t) => {
	const code = (S3Key: string) => ({ One: func('one', {}, { Code: { S3Bucket: 'deploy', S3Key } }) });
	const { update } = await boot(t, code('2026-01-01/one.zip'));
	t.strictSame(await update(code('2026-01-02/one.zip')), { applied: [], failed: [] });
});

test('a running execution keeps its definition, and the next one has the new definition', async (t) => {
	const waits = { A: { Type: 'Wait', Seconds: 1, Next: 'B' }, B: { Type: 'Pass', Output: 'old', End: true } };
	const { update, states } = await boot(t, { Role: ROLE, Machine: machine(waits) });
	const stateMachineArn = 'arn:aws:states:us-east-1:000000000000:stateMachine:machine';
	const output = async (executionArn: unknown) => {
		for (;;) {
			const execution = await states('DescribeExecution', { executionArn });
			if (execution['status'] !== 'RUNNING') return execution['output'];
		}
	};
	const { executionArn: first } = await states('StartExecution', { stateMachineArn });
	const changed = { A: { Type: 'Pass', Output: 'new', End: true } };
	t.match(await update({ Role: ROLE, Machine: machine(changed) }), { applied: [{ logicalId: 'Machine' }] });
	const { executionArn: second } = await states('StartExecution', { stateMachineArn });
	t.equal(await output(second), '"new"');
	t.equal(await output(first), '"old"');
});

test('an invalid resource is reported and keeps its properties, and the others are applied', async (t) => {
	const table = (name: string) => ({
		Type: 'AWS::DynamoDB::Table',
		Properties: {
			TableName: 'table',
			BillingMode: 'PAY_PER_REQUEST',
			AttributeDefinitions: [{ AttributeName: name, AttributeType: 'S' }],
			KeySchema: [{ AttributeName: name, KeyType: 'HASH' }],
		},
	});
	const before = { Role: ROLE, Machine: machine(PASS), Table: table('pk'), One: func('one', { WORD: 'a' }) };
	const { update, invoke, stack } = await boot(t, before);
	const after = { Role: ROLE, Machine: machine({}), Table: table('id'), One: func('one', { WORD: 'b' }) };
	t.match(await update(after), {
		applied: [{ logicalId: 'One' }],
		failed: [
			{
				logicalId: 'Machine',
				message: /^Machine \(AWS::StepFunctions::StateMachine\): Invalid State Machine Definition/,
			},
			{ logicalId: 'Table', message: /has changed: restart the stack to apply it/ },
		].toSorted((a, b) => (a.logicalId < b.logicalId ? -1 : 1)),
	});
	t.equal(await invoke('one'), 'b');
	t.match(await update({ ...after, Machine: machine(PASS), Table: table('pk') }), {
		applied: [],
		failed: [],
	});
	await t.rejects(
		stack.update({ Resources: { One: { Type: 'AWS::SQS::Queue', Properties: { X: { Ref: 'Y' } } } } }),
		{
			message: /One refers to Y/,
		},
	);
});

test('new code is loaded for the functions of a handler alone', async (t) => {
	const { stack, projectDir, invoke } = await boot(t, {
		One: func('one', {}),
		Two: func('two', {}, { Handler: 'code.other' }),
	});
	await invoke('one');
	writeFileSync(
		join(projectDir, 'code.mjs'),
		'export const handler = async () => "new"; export const other = handler;',
	);
	stack.reload(new Set(['code.other']));
	t.equal(await invoke('one'), null);
	t.equal(await invoke('two'), 'new');
	stack.reload();
	t.equal(await invoke('one'), 'new');
});
