import { resolve } from 'node:path';
import { ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { type Test, test } from 'tap';
import { startStack } from '../../../src/local-aws/index.ts';
import { pollUntil } from '../../support/poll.ts';
import { createRecordingLog } from '../../support/recording-log.ts';

const API = {
	HttpApi: { Type: 'AWS::ApiGatewayV2::Api', Properties: { Name: 'api', ProtocolType: 'HTTP' } },
};

async function boot(t: Test, resources: Record<string, object>) {
	const projectDir = t.testdir({ 'echo.mjs': 'export const handler = async (event) => event;' });
	const { log, lines } = createRecordingLog();
	const template = { Resources: { ...API, ...resources }, Outputs: {} };
	const stack = await startStack({ template, projectDir: resolve(projectDir), log });
	t.teardown(() => stack.close());
	/** Calls an operation of a JSON service. */
	const call = async (service: string, target: string, input: object): Promise<Record<string, unknown>> => {
		const response = await fetch(stack.awsEndpoint, {
			method: 'POST',
			headers: {
				authorization: `AWS4-HMAC-SHA256 Credential=x/20260101/us-east-1/${service}/aws4_request`,
				'x-amz-target': target,
				'content-type': 'application/x-amz-json-1.1',
			},
			body: JSON.stringify(input),
		});
		return Object(await response.json());
	};
	const sqs = new SQSClient({
		region: 'us-east-1',
		endpoint: stack.awsEndpoint,
		credentials: { accessKeyId: 'x', secretAccessKey: 'x' },
	});
	t.teardown(() => sqs.destroy());
	const receive = async (name: string) => {
		const QueueUrl = `${stack.awsEndpoint}/000000000000/${name}`;
		const { Messages = [] } = await sqs.send(
			new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 5, MessageAttributeNames: ['All'] }),
		);
		return Messages;
	};
	return { stack, lines, call, receive };
}

const queue = (QueueName: string) => ({ Type: 'AWS::SQS::Queue', Properties: { QueueName } });

const rule = (target: object) => ({
	Type: 'AWS::Events::Rule',
	Properties: { EventPattern: { source: ['test'] }, Targets: [{ Id: 'target', ...target }] },
});

const EVENT = { Entries: [{ Source: 'test', DetailType: 'x', Detail: '{"a":1}' }] };

test('a rule delivers an event to its queue', async (t) => {
	const { stack, call, receive } = await boot(t, {
		Queue: queue('events'),
		Rule: rule({ Arn: { 'Fn::GetAtt': ['Queue', 'Arn'] } }),
	});
	t.match(await call('events', 'AWSEvents.PutEvents', EVENT), { FailedEntryCount: 0 });
	const [message] = await receive('events');
	t.match(JSON.parse(message?.Body ?? ''), { source: 'test', detail: { a: 1 } });
	t.strictSame(stack.spy.messages(), [
		{ queueArn: 'arn:aws:sqs:us-east-1:000000000000:events', body: message?.Body },
	]);
});

test('an event for a missing queue moves to the dead-letter queue with the error code', async (t) => {
	const DeadLetterConfig = { Arn: { 'Fn::GetAtt': ['Dead', 'Arn'] } };
	const { call, receive } = await boot(t, {
		Dead: queue('dead'),
		Rule: rule({ Arn: 'arn:aws:sqs:us-east-1:000000000000:nowhere', DeadLetterConfig }),
	});
	await call('events', 'AWSEvents.PutEvents', EVENT);
	t.match(await receive('dead'), [{ MessageAttributes: { ERROR_CODE: { StringValue: String } } }]);
});

test('an event starts an execution', async (t) => {
	const Definition = {
		QueryLanguage: 'JSONata',
		StartAt: 'Done',
		States: { Done: { Type: 'Succeed', Output: '{% $states.input.detail.a %}' } },
	};
	const machine = {
		Type: 'AWS::StepFunctions::StateMachine',
		Properties: { StateMachineName: 'machine', RoleArn: 'arn:aws:iam::000000000000:role/x', Definition },
	};
	const { call } = await boot(t, { Machine: machine, Rule: rule({ Arn: { Ref: 'Machine' } }) });
	await call('events', 'AWSEvents.PutEvents', EVENT);
	const stateMachineArn = 'arn:aws:states:us-east-1:000000000000:stateMachine:machine';
	const succeeded = await pollUntil('the end of the execution', async () => {
		const { executions } = await call('states', 'AWSStepFunctions.ListExecutions', { stateMachineArn });
		return Array.isArray(executions) && Object(executions[0]).status === 'SUCCEEDED' ? executions : undefined;
	});
	t.equal(succeeded.length, 1);
});

test('secrets are generated, and parameters are created', async (t) => {
	const { call } = await boot(t, {
		Secret: {
			Type: 'AWS::SecretsManager::Secret',
			Properties: { Name: 'secret', GenerateSecretString: { PasswordLength: 40, ExcludePunctuation: true } },
		},
		Parameter: {
			Type: 'AWS::SSM::Parameter',
			Properties: { Name: '/a', Type: 'String', Value: { Ref: 'AWS::Region' } },
		},
	});
	t.match(await call('secretsmanager', 'secretsmanager.GetSecretValue', { SecretId: 'secret' }), {
		SecretString: /^[A-Za-z0-9]{40}$/,
	});
	t.match(await call('ssm', 'AmazonSSM.GetParameter', { Name: '/a' }), { Parameter: { Value: 'us-east-1' } });
});

test('a resource of an unknown type is listed as unsupported', async (t) => {
	const { stack } = await boot(t, { Odd: { Type: 'AWS::Odd::Thing', Properties: {} } });
	t.match(stack.summary.at(-1), ['unsupported', ['Odd (AWS::Odd::Thing)']]);
});

test('a resource that cannot be created is named with its reason, and everything is closed', async (t) => {
	const broken = {
		Type: 'AWS::StepFunctions::StateMachine',
		Properties: { StateMachineName: 'x', RoleArn: 'x', Definition: {} },
	};
	await t.rejects(boot(t, { Broken: broken }), {
		message: /^Broken \(AWS::StepFunctions::StateMachine\): Invalid State Machine Definition/,
	});
});

test('the AWS endpoint refuses requests of web pages and of foreign hosts', async (t) => {
	const { stack } = await boot(t, { Queue: queue('jobs') });
	const QueueUrl = `${stack.awsEndpoint}/000000000000/jobs`;
	const ask = (operation: string, input: object, headers: Record<string, string> = {}) =>
		fetch(stack.awsEndpoint, {
			method: 'POST',
			headers: {
				'x-amz-target': `AmazonSQS.${operation}`,
				'content-type': 'application/x-amz-json-1.0',
				...headers,
			},
			body: JSON.stringify({ QueueUrl, ...input }),
		});
	for (const origin of ['https://evil.example', 'null', 'http://localhost:1']) {
		const response = await ask('SendMessage', { MessageBody: 'x' }, { origin });
		t.match([response.status, await response.text()], [403, /AccessDenied/], origin);
	}
	for (const headers of [{}, { origin: stack.awsEndpoint }])
		t.equal((await ask('SendMessage', { MessageBody: 'x' }, headers)).status, 200);
	const attributes = await ask('GetQueueAttributes', { AttributeNames: ['All'] });
	t.match(await attributes.json(), { Attributes: { ApproximateNumberOfMessages: '2' } });
});

test('Lambda answers reads of functions and aliases, and refuses other operations by name', async (t) => {
	const { stack } = await boot(t, {
		Role: { Type: 'AWS::IAM::Role', Properties: { RoleName: 'role' } },
		Echo: {
			Type: 'AWS::Lambda::Function',
			Properties: {
				FunctionName: 'echo',
				Handler: 'echo.handler',
				Role: { 'Fn::GetAtt': ['Role', 'Arn'] },
				Environment: { Variables: { OWN: 'value' } },
			},
		},
		Live: { Type: 'AWS::Lambda::Alias', Properties: { FunctionName: { Ref: 'Echo' }, Name: 'live' } },
	});
	const ask = async (path: string, method = 'GET') => {
		const response = await fetch(`${stack.awsEndpoint}/2015-03-31/functions${path}`, {
			method,
			headers: { authorization: 'AWS4-HMAC-SHA256 Credential=x/20260101/us-east-1/lambda/aws4_request' },
			...(method === 'POST' ? { body: '{"a":1}' } : {}),
		});
		const version = response.headers.get('x-amz-executed-version');
		return { status: response.status, version, body: Object(await response.json()) };
	};
	const arn = 'arn:aws:lambda:us-east-1:000000000000:function:echo';
	const configuration = {
		FunctionName: 'echo',
		FunctionArn: arn,
		Version: '$LATEST',
		Handler: 'echo.handler',
		Role: 'arn:aws:iam::000000000000:role/role',
		Timeout: 3,
		MemorySize: 128,
		Environment: { Variables: { OWN: 'value' } },
	};
	t.match(await ask('/'), { status: 200, body: { Functions: [configuration] } });
	t.match(await ask('/echo'), { status: 200, body: { Configuration: configuration } });
	t.match(await ask('/echo/configuration'), { status: 200, body: configuration });
	const live = { FunctionArn: `${arn}:live`, Version: '1' };
	for (const path of [
		'/echo/configuration?Qualifier=live',
		`/${encodeURIComponent(`${arn}:live`)}/configuration`,
	])
		t.match(await ask(path), { status: 200, body: live }, path);
	t.match(await ask('/echo/versions'), { body: { Versions: [{ Version: '$LATEST' }, { Version: '1' }] } });
	const alias = { AliasArn: `${arn}:live`, Name: 'live', FunctionVersion: '1' };
	t.match(await ask('/echo/aliases'), { status: 200, body: { Aliases: [alias] } });
	t.match(await ask('/echo/aliases/live'), { status: 200, body: alias });
	for (const path of ['/none', '/none/aliases', '/echo/aliases/none', '/echo/policy', '/echo?Qualifier=none'])
		t.match(await ask(path), { status: 404, body: { Message: String } }, path);
	for (const path of [
		'/echo/event-invoke-config',
		'/echo/configuration/x',
		'/echo/aliases/live/x',
		'/echo/code',
	])
		t.match(
			await ask(path),
			{
				status: 404,
				body: { Message: `The local Lambda has no operation GET /2015-03-31/functions${path}.` },
			},
			path,
		);
	t.match(await ask('/echo:live/invocations', 'POST'), { status: 200, version: '1', body: { a: 1 } });
	t.match(await ask('/echo/invocations', 'POST'), { status: 200, version: '$LATEST', body: { a: 1 } });
	t.match(await ask('/echo:none/invocations', 'POST'), { status: 404 });
});

test('the local routes show the messages of queues, and the invocations of functions', async (t) => {
	const Properties = {
		FunctionName: 'echo',
		Handler: 'echo.handler',
		Runtime: 'nodejs24.x',
		Role: 'arn:aws:iam::000000000000:role/x',
		Code: {},
	};
	const { stack, call } = await boot(t, {
		Queue: queue('events'),
		Rule: rule({ Arn: { 'Fn::GetAtt': ['Queue', 'Arn'] } }),
		Echo: { Type: 'AWS::Lambda::Function', Properties },
	});
	const read = async (path: string) => Object(await (await fetch(`${stack.url}/_local/${path}`)).json());
	const queue_arn = 'arn:aws:sqs:us-east-1:000000000000:events';
	t.strictSame(await read('queues'), { queues: [{ queue_arn, visible: 0, in_flight: 0, delayed: 0 }] });
	t.strictSame(await read('functions'), { functions: [] });
	await call('events', 'AWSEvents.PutEvents', EVENT);
	t.match(await read('queues'), { queues: [{ queue_arn, visible: 1, oldest_sent_at: /Z$/ }] });
});
