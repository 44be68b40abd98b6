import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SendTaskSuccessCommand, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { PublishBatchCommand, PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { type Test, test } from 'tap';
import { createGuard } from '../../../src/local-aws/iam/guard.ts';
import { createIam } from '../../../src/local-aws/iam/iam.ts';

const arn = (rest: string) => `arn:aws:${rest}`;

async function serve(t: Test, Statement: readonly object[]) {
	const iam = createIam();
	iam.define('FunctionRole', {
		Policies: [{ PolicyDocument: { Statement: JSON.parse(JSON.stringify(Statement)) } }],
	});
	const passed: string[] = [];
	const answer = async (request: IncomingMessage, response: ServerResponse) => {
		passed.push(await text(request));
		response.setHeader('content-type', 'application/json').end('{}');
	};
	const guard = createGuard({
		iam,
		region: 'eu-west-1',
		accountId: '123456789012',
		next: (request, response) => void answer(request, response),
	});
	const server = createServer(guard);
	t.teardown(() => server.close());
	await new Promise<void>((resolve) => {
		server.listen(0, '127.0.0.1', resolve);
	});
	const { port } = Object(server.address()) satisfies AddressInfo;
	const endpoint = `http://127.0.0.1:${port}`;
	const as = (accessKeyId: string) => ({
		endpoint,
		region: 'eu-west-1',
		maxAttempts: 1,
		credentials: { accessKeyId, secretAccessKey: 'x' },
	});
	/** Reads an object of S3 without an SDK client. */
	const s3 = async (method: string, path: string) => {
		const authorization = `AWS4-HMAC-SHA256 Credential=FunctionRole/20260101/eu-west-1/s3/aws4_request, SignedHeaders=host, Signature=00`;
		const response = await fetch(`${endpoint}${path}`, { method, headers: { authorization } });
		return { status: response.status, body: await response.text() };
	};
	return { iam, passed, as, s3 };
}

const item = { TableName: 'tasks', Item: { pk: { S: 'x' } } };

test('an allowed call is passed on with its body; a denied one gets the error of the service', async (t) => {
	const { passed, as, s3, iam } = await serve(t, [
		{
			Effect: 'Allow',
			Action: 'dynamodb:PutItem',
			Resource: arn('dynamodb:eu-west-1:123456789012:table/tasks'),
		},
		{
			Effect: 'Allow',
			Action: ['s3:PutObject', 'states:SendTaskSuccess'],
			Resource: arn('s3:::results/outputs/*'),
		},
		{
			Effect: 'Allow',
			Action: 'states:StartExecution',
			Resource: arn('states:eu-west-1:123456789012:stateMachine:task-api-dev-*'),
		},
	]);
	const settings = as('FunctionRole');
	const dynamodb = new DynamoDBClient(settings);
	const sfn = new SFNClient(settings);
	const denied = (code: string) => ({ name: code, message: /assumed-role\/FunctionRole is not authorized/ });

	await dynamodb.send(new PutItemCommand(item));
	t.strictSame(JSON.parse(passed.at(-1) ?? ''), item, 'the body arrives whole');
	await t.rejects(
		dynamodb.send(new PutItemCommand({ ...item, TableName: 'others' })),
		denied('AccessDeniedException'),
	);
	const start = (name: string) =>
		sfn.send(
			new StartExecutionCommand({
				stateMachineArn: arn(`states:eu-west-1:123456789012:stateMachine:${name}`),
			}),
		);
	await start('task-api-dev-greeting');
	await t.rejects(start('task-api-prod-greeting'), denied('AccessDeniedException'));
	await sfn.send(new SendTaskSuccessCommand({ taskToken: 'a task token names no resource', output: '{}' }));
	await t.rejects(
		new SecretsManagerClient(settings).send(new GetSecretValueCommand({ SecretId: 'door' })),
		denied('AccessDeniedException'),
	);
	await t.rejects(
		new SQSClient(settings).send(
			new SendMessageCommand({ QueueUrl: 'http://x/123456789012/start', MessageBody: '' }),
		),
		{ message: /sqs:SendMessage on resource: arn:aws:sqs:eu-west-1:123456789012:start / },
	);
	await t.rejects(
		new SNSClient(settings).send(
			new PublishBatchCommand({
				TopicArn: arn('sns:eu-west-1:123456789012:t'),
				PublishBatchRequestEntries: [],
			}),
		),
		{ name: 'AuthorizationErrorException', message: /sns:Publish on resource: arn:aws:sns/ },
	);
	t.match(await s3('PUT', '/results/outputs/a%20b.json'), { status: 200 });
	t.match(await s3('GET', '/results/outputs/a.json'), { status: 403, body: /<Code>AccessDenied<\/Code>/ });
	t.match(await s3('GET', '/results?list-type=2'), { status: 403, body: /s3:ListBucket/ });
	t.ok(
		iam.uses().some(({ action }) => action === 's3:ListBucket'),
		'what was refused is recorded too',
	);
});

test('callers with another access key may do everything', async (t) => {
	const { as, passed } = await serve(t, []);
	await new SNSClient(as('somebody'))
		.send(new PublishCommand({ TopicArn: 'any', Message: 'x' }))
		.catch(() => {});
	t.equal(passed.length, 1);
});

test('an unsupported policy is refused when it is defined', async (t) => {
	const iam = createIam();
	const policy = (Statement: object) => ({
		Policies: [{ PolicyDocument: { Statement: [{ ...Statement }] } }],
	});
	const allow = { Effect: 'Allow', Action: 'a:B', Resource: '*' };
	t.throws(() => iam.define('r', policy({ ...allow, Condition: {} })));
	t.throws(() => iam.define('r', policy({ ...allow, Effect: 'Deny' })));
	t.throws(() => iam.define('r', { ManagedPolicyArns: ['arn:aws:iam::aws:policy/x'] }));
	t.doesNotThrow(() => iam.define('r', policy(allow)));
});
