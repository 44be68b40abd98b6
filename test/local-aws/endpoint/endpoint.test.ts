import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { ExecutionAlreadyExists, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs';
import t from 'tap';
import { AwsError, type HttpService, type JsonService } from '../../../src/local-aws/endpoint/service.ts';
import { authorization, serveEndpoint } from './serve-endpoint.ts';

const states: JsonService = {
	signingName: 'states',
	jsonVersion: '1.0',
	operations: {
		StartExecution: async (input) => ({ executionArn: `arn of ${JSON.stringify(input)}`, startDate: 1.5 }),
		DescribeExecution: () => {
			throw new AwsError('ExecutionAlreadyExists', 'The name is taken.');
		},
		StopExecution: () => {
			throw new TypeError('not ours');
		},
		SendTaskSuccess: () => undefined,
	},
};

const secrets: JsonService = {
	signingName: 'secretsmanager',
	jsonVersion: '1.1',
	operations: { GetSecretValue: () => ({ SecretString: 'open sesame' }) },
};

/** Responds with its name, the method and the path. */
function echo(signingName: string): HttpService {
	return {
		signingName,
		handle(request, response) {
			response.setHeader('content-type', 'application/x-amz-json-1.0');
			response.end(JSON.stringify({ QueueUrls: [`${signingName} ${request.method} ${request.url}`] }));
		},
	};
}

const services = [states, secrets, echo('sqs'), echo('s3')];

const settings = (endpoint: string) => ({
	endpoint,
	region: 'eu-west-1',
	credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
	maxAttempts: 1,
});

t.test('one endpoint routes SDK clients to their services', async (t) => {
	const { url } = await serveEndpoint(t, services);
	const sfn = new SFNClient(settings(url));
	const sqs = new SQSClient(settings(url));
	const secretsManager = new SecretsManagerClient(settings(url));
	const started = await sfn.send(new StartExecutionCommand({ stateMachineArn: 'machine', name: 'one' }));
	t.equal(started.executionArn, 'arn of {"stateMachineArn":"machine","name":"one"}');
	t.same(started.startDate, new Date(1500));
	t.equal(started.$metadata.requestId, 'request-1', 'the client finds the request id');
	const listed = await sqs.send(new ListQueuesCommand({}));
	t.strictSame(listed.QueueUrls, ['sqs POST /']);
	const secret = await secretsManager.send(new GetSecretValueCommand({ SecretId: 'door' }));
	t.equal(secret.SecretString, 'open sesame');
});

t.test("a service's error reaches an SDK client as its exception", async (t) => {
	const { url } = await serveEndpoint(t, [
		{
			...states,
			operations: {
				StartExecution: () => {
					throw new AwsError('ExecutionAlreadyExists', 'The name is taken.');
				},
			},
		},
	]);
	const sfn = new SFNClient(settings(url));
	const failed: unknown = await sfn
		.send(new StartExecutionCommand({ stateMachineArn: 'machine' }))
		.catch((error: unknown) => error);
	t.ok(failed instanceof ExecutionAlreadyExists);
	t.match(failed, { message: 'The name is taken.', $metadata: { httpStatusCode: 400 } });
});

t.test('errors have the status, header and members of AWS JSON', async (t) => {
	const { call, lines } = await serveEndpoint(t, services);
	const known = await call('states', 'AWSStepFunctions.DescribeExecution');
	t.equal(known.status, 400);
	t.equal(known.headers.get('content-type'), 'application/x-amz-json-1.0');
	t.equal(known.headers.get('x-amzn-errortype'), 'ExecutionAlreadyExists');
	t.ok(known.headers.get('x-amzn-requestid'));
	t.strictSame(known.body, { __type: 'ExecutionAlreadyExists', message: 'The name is taken.' });
	t.strictSame(lines, [], 'an error of AWS is no failure of ours');

	const unexpected = await call('states', 'AWSStepFunctions.StopExecution');
	t.equal(unexpected.status, 500);
	t.equal(unexpected.body['__type'], 'InternalFailure');
	t.match(lines, [{ level: 'error', service: 'states', operation: 'StopExecution', error: TypeError }]);
});

t.test('an operation without an output answers an empty object', async (t) => {
	const { call } = await serveEndpoint(t, services);
	const { status, body } = await call('states', 'AWSStepFunctions.SendTaskSuccess');
	t.equal(status, 200);
	t.strictSame(body, {});
});

t.test('an unknown service or operation is refused with a list of the known ones', async (t) => {
	const { call, url } = await serveEndpoint(t, services);
	const operation = await call('states', 'AWSStepFunctions.DeleteEverything');
	t.equal(operation.status, 400);
	t.equal(operation.body['__type'], 'UnknownOperationException');
	t.match(operation.body['message'], /DeleteEverything.*StartExecution/);
	const inherited = await call('states', 'AWSStepFunctions.toString');
	t.equal(inherited.body['__type'], 'UnknownOperationException');
	const service = await call('kinesis', 'Kinesis_20131202.PutRecord');
	t.equal(service.status, 404);
	t.match(service.body['message'], /kinesis.*s3, secretsmanager, sqs, states/);
	const untargeted = await fetch(url, {
		method: 'POST',
		headers: { authorization: authorization('states') },
	});
	t.match(await untargeted.text(), /UnknownOperationException.*X-Amz-Target/);
});

t.test('a body that is not JSON, or is too large, is refused', async (t) => {
	const { call } = await serveEndpoint(t, services);
	const broken = await call('states', 'AWSStepFunctions.StartExecution', '{"half":');
	t.equal(broken.status, 400);
	t.equal(broken.body['__type'], 'SerializationException');
	const empty = await call('states', 'AWSStepFunctions.StartExecution', '');
	t.equal(empty.body['executionArn'], 'arn of {}');
	const large = await call('states', 'AWSStepFunctions.StartExecution', 'x'.repeat(10 * 1024 * 1024 + 1));
	t.equal(large.status, 413);
	t.equal(large.body['__type'], 'RequestEntityTooLargeException');
});

t.test('a presigned URL names its service in the query', async (t) => {
	const { url } = await serveEndpoint(t, services);
	const query = new URLSearchParams({ 'X-Amz-Credential': 'key/20260101/eu-west-1/s3/aws4_request' });
	const put = await fetch(`${url}bucket/key?${query.toString()}`, { method: 'PUT', body: 'x' });
	t.match(await put.text(), /s3 PUT \/bucket\/key/);
});

t.test(
	'an unsigned request is routed by its target, or to S3 for reads, and otherwise refused',
	async (t) => {
		const { url } = await serveEndpoint(t, services);
		const targeted = await fetch(url, {
			method: 'POST',
			headers: { 'x-amz-target': 'secretsmanager.GetSecretValue' },
			body: '{}',
		});
		t.match(await targeted.text(), /open sesame/);
		const read = await fetch(`${url}bucket/key`);
		t.match(await read.text(), /s3 GET \/bucket\/key/);
		const write = await fetch(`${url}bucket/key`, { method: 'PUT', body: 'x' });
		t.equal(write.status, 403);
		t.match(await write.text(), /MissingAuthenticationToken/);
		const withoutS3 = await serveEndpoint(t, [states]);
		t.equal((await fetch(withoutS3.url)).status, 403);
	},
);

t.test('an unknown service of the query protocol gets an error in XML', async (t) => {
	const { url } = await serveEndpoint(t, []);
	const ask = async (service: string, type: string) => {
		const response = await fetch(url, {
			method: 'POST',
			headers: {
				authorization: `AWS4-HMAC-SHA256 Credential=x/20260101/us-east-1/${service}/aws4_request`,
				'content-type': type,
			},
			body: 'Action=ListRoles&Version=2010-05-08',
		});
		return [response.status, response.headers.get('content-type'), await response.text()];
	};
	const form = 'application/x-www-form-urlencoded; charset=utf-8';
	t.match(await ask('iam', form), [
		404,
		'text/xml',
		/^<ErrorResponse><Error><Type>Sender<\/Type><Code>UnknownService<\/Code><Message>.* iam\b.*<RequestId>/,
	]);
	t.match(await ask('ec2', form), [404, 'text/xml', /^<Response><Errors><Error><Code>UnknownService</]);
	t.match(await ask('kinesis', 'application/x-amz-json-1.1'), [404, 'application/json', /^\{"__type"/]);
});
