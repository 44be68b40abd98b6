import type { ServerResponse } from 'node:http';
import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { GetSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { DescribeExecutionCommand } from '@aws-sdk/client-sfn';
import { PublishCommand } from '@aws-sdk/client-sns';
import { type Test, test } from 'tap';
import { createDynamoDbClient, createSecretsManagerClient, createSnsClient } from '../../src/aws/clients.ts';
import { createExecutionClient, createSfnClient } from '../../src/aws/executions.ts';
import { withInvocation } from '../../src/aws/invocation.ts';
import { createOutputBucket } from '../../src/aws/output-bucket.ts';
import { createTaskStore } from '../../src/aws/task-store.ts';
import { findServiceUnavailable, ServiceUnavailableError } from '../../src/tasks/service-unavailable.ts';
import { taskMessage } from '../../src/tasks/task-message.ts';
import { exampleTask } from '../support/example-task.ts';
import { startHttpReceiver } from '../support/http-receiver.ts';

const CREDENTIALS = { AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'x', AWS_SECRET_ACCESS_KEY: 'x' };

/** Points the SDK at a server in the place of AWS. */
async function serveAws(t: Test, answer: (response: ServerResponse) => void): Promise<void> {
	const { url } = await startHttpReceiver(t, answer);
	useEndpoint(t, url);
}

function useEndpoint(t: Test, url: string): void {
	t.intercept(process, 'env', { value: { ...process.env, ...CREDENTIALS, AWS_ENDPOINT_URL: url } });
}

/** Returns one call of each service, made with the clients of production. */
function callsOfEachService(): Readonly<Record<string, () => Promise<unknown>>> {
	const dynamodb = createDynamoDbClient();
	const store = createTaskStore(dynamodb, { table: 'tasks', retentionSeconds: 1, now: Date.now });
	const executionArn = 'arn:aws:states:us-east-1:000000000000:execution:m:e';
	return {
		DynamoDB: () =>
			dynamodb.send(new GetItemCommand({ TableName: 'tasks', Key: { pk: { S: 'a' }, sk: { S: 'b' } } })),
		'DynamoDB by ElectroDB': () => store.list('ada', { limit: 1 }),
		'Secrets Manager': () => createSecretsManagerClient().send(new GetSecretValueCommand({ SecretId: 'a' })),
		'Step Functions': () => createSfnClient().send(new DescribeExecutionCommand({ executionArn })),
		SNS: () =>
			createSnsClient().send(
				new PublishCommand({ TopicArn: 'arn:aws:sns:us-east-1:000000000000:t', Message: 'm' }),
			),
		S3: () => createOutputBucket('bucket').get('key'),
	};
}

const ANSWERS: Readonly<Record<string, (response: ServerResponse) => void>> = {
	throttling: (response) => {
		response.writeHead(429, { 'x-amzn-errortype': 'ThrottlingException' });
		response.end('{"__type":"ThrottlingException","message":"Rate exceeded"}');
	},
	'a server error': (response) => void response.writeHead(500).end(),
	'an unavailable service': (response) => void response.writeHead(503).end(),
	'a connection that breaks': (response) => void response.destroy(),
};

for (const [name, answer] of Object.entries(ANSWERS)) {
	test(`every client reports ${name} as ServiceUnavailableError`, async (t) => {
		await serveAws(t, answer);
		await Promise.all(
			Object.entries(callsOfEachService()).map(async ([service, call]) => {
				await t.rejects(call(), ServiceUnavailableError, service);
			}),
		);
	});
}

test('every client reports a refused connection as ServiceUnavailableError', async (t) => {
	useEndpoint(t, 'http://127.0.0.1:1');
	await Promise.all(
		Object.entries(callsOfEachService()).map(async ([service, call]) => {
			await t.rejects(call(), ServiceUnavailableError, service);
		}),
	);
});

test('a permanent error is not converted', async (t) => {
	await serveAws(t, (response) => {
		response.writeHead(400, { 'x-amzn-errortype': 'ValidationException' });
		response.end('{"__type":"ValidationException","message":"no"}');
	});
	for (const [service, call] of Object.entries(callsOfEachService())) {
		const error = await call().catch((thrown: unknown) => thrown);
		t.type(error, Error, service);
		t.equal(findServiceUnavailable(error), undefined, service);
	}
});

test('a refused role is transient only when an execution is started', async (t) => {
	await serveAws(t, (response) => {
		response.writeHead(400, { 'x-amzn-errortype': 'AccessDeniedException' });
		response.end('{"__type":"AccessDeniedException","message":"not authorized"}');
	});
	const executions = createExecutionClient(
		createSfnClient(),
		'arn:aws:states:us-east-1:000000000000:stateMachine:m-',
	);
	await t.rejects(executions.start(taskMessage(exampleTask()), undefined), ServiceUnavailableError);
	await t.rejects(executions.describe('arn:aws:states:us-east-1:000000000000:execution:m:e'), {
		name: 'AccessDeniedException',
	});
});

test('no call outlives its invocation, however many are made to a silent service', async (t) => {
	await serveAws(t, () => undefined);
	const calls = Object.entries(callsOfEachService());
	const beganAtMs = Date.now();
	const remaining = () => Math.max(0, 2000 - (Date.now() - beganAtMs));
	const handler = withInvocation(async () => {
		for (const [service, call] of calls) await t.rejects(call(), ServiceUnavailableError, service);
		return remaining();
	});
	const leftMs = await handler({}, { getRemainingTimeInMillis: remaining });
	t.ok(leftMs > 0, `the function has ${leftMs} ms left to report its failure`);
});

test('a wrapped error is found', (t) => {
	const error = new ServiceUnavailableError('S3', { retryAfterSeconds: 7 });
	t.equal(findServiceUnavailable(new Error('a', { cause: new Error('b', { cause: error }) })), error);
	t.match(error, { code: 'unavailable', service: 'S3', retryAfterSeconds: 7 });
	t.equal(findServiceUnavailable(new Error('a', { cause: 'text' })), undefined);
	t.end();
});
