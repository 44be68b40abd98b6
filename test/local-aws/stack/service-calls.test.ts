import { SNSClient } from '@aws-sdk/client-sns';
import { type Test, test } from 'tap';
import { AwsError } from '../../../src/local-aws/endpoint/service.ts';
import type { Json } from '../../../src/local-aws/json.ts';
import type { InvokeResult } from '../../../src/local-aws/lambda/lambda.ts';
import { createServiceCalls } from '../../../src/local-aws/stack/service-calls.ts';

const ARN = 'arn:aws:lambda:us-east-1:000000000000:function:f';

function open(t: Test, invoke: (name: string, payload: string) => Promise<InvokeResult>) {
	const sns = new SNSClient({ region: 'us-east-1' });
	t.teardown(() => sns.destroy());
	const call = createServiceCalls({
		clients: { sns },
		messaging: { sendMessage: () => ({ MessageId: 'message-1', MD5OfMessageBody: 'md5' }) },
		lambda: { invoke },
		events: {
			signingName: 'events',
			jsonVersion: '1.1',
			operations: { PutEvents: () => ({ FailedEntryCount: 1 }) },
		},
		clock: { now: () => Date.UTC(2026, 0, 1) },
		newId: () => 'request-1',
	});
	return (resource: string, input: Json) => call({ resource, input, signal: new AbortController().signal });
}

test('lambda:invoke returns the payload with the metadata of the response', async (t) => {
	const call = open(t, async (_, payload) => ({ ok: true, payload }));
	const cases: [input: { [name: string]: Json }, version: string][] = [
		[{ FunctionName: 'f' }, '$LATEST'],
		[{ FunctionName: ARN }, '$LATEST'],
		[{ FunctionName: 'f:live' }, '1'],
		[{ FunctionName: `${ARN}:live` }, '1'],
		[{ FunctionName: `${ARN}:7` }, '7'],
		[{ FunctionName: ARN, Qualifier: '3' }, '3'],
	];
	for (const [input, version] of cases) {
		const answer = await call('lambda:invoke', { ...input, Payload: { a: 1 } });
		t.strictSame(answer, {
			ok: true,
			output: {
				ExecutedVersion: version,
				Payload: { a: 1 },
				StatusCode: 200,
				SdkHttpMetadata: {
					AllHttpHeaders: {
						'X-Amz-Executed-Version': [version],
						Connection: ['keep-alive'],
						'Content-Type': ['application/json'],
						Date: ['Thu, 01 Jan 2026 00:00:00 GMT'],
						'x-amzn-RequestId': ['request-1'],
					},
					HttpHeaders: {
						'X-Amz-Executed-Version': version,
						Connection: 'keep-alive',
						'Content-Type': 'application/json',
						Date: 'Thu, 01 Jan 2026 00:00:00 GMT',
						'x-amzn-RequestId': 'request-1',
					},
					HttpStatusCode: 200,
				},
				SdkResponseMetadata: { RequestId: 'request-1' },
			},
		});
	}
});

test('an asynchronous invocation does not wait for the function', async (t) => {
	const call = open(t, () => new Promise(() => {}));
	t.match(await call('lambda:invoke', { FunctionName: 'f', InvocationType: 'Event' }), {
		ok: true,
		output: { StatusCode: 202, Payload: '' },
	});
});

test('a function error has the name of its type', async (t) => {
	const cases: [payload: string, error: string][] = [
		['{"errorType":"OutOfStock","errorMessage":"x"}', 'OutOfStock'],
		['{"errorType":"Sandbox.Timedout","errorMessage":"x"}', 'Sandbox.Timedout'],
		['{"errorType":"Runtime.ExitError","errorMessage":"x"}', 'Runtime.ExitError'],
	];
	for (const [payload, error] of cases) {
		const call = open(t, async () => ({ ok: false, payload }));
		t.strictSame(await call('lambda:invoke', { FunctionName: 'f' }), { ok: false, error, cause: payload });
	}
	const call = open(t, async () => ({ ok: false, payload: '{"errorMessage":"gone"}' }));
	t.match(await call('lambda:invoke', { FunctionName: 'f' }), {
		error: 'Lambda.Unknown',
		cause: /^The cause could not be determined .* Returned payload: \{"errorMessage":"gone"\}$/,
	});
});

test('exceptions and invalid arguments have the names of Step Functions', async (t) => {
	const call = open(t, () => Promise.reject(new AwsError('TooManyRequestsException', 'Rate exceeded', 429)));
	t.match(await call('lambda:invoke', { FunctionName: 'f' }), { error: 'Lambda.TooManyRequestsException' });
	t.match(await call('lambda:invoke', { Payload: 1 }), {
		error: 'States.Runtime',
		cause: /^The Arguments '\{"Payload":1\}' could not be used to start the Task: \[.*FunctionName/,
	});
	t.match(await call('events:putEvents', { Entries: [{ Detail: {} }] }), {
		error: 'EventBridge.FailedEntry',
	});
});

test('SQS results have metadata too', async (t) => {
	const call = open(t, async () => ({ ok: true, payload: '1' }));
	t.match(await call('sqs:sendMessage', { QueueUrl: 'q', MessageBody: { a: 1 } }), {
		output: { MessageId: 'message-1', SdkHttpMetadata: { HttpStatusCode: 200 }, SdkResponseMetadata: {} },
	});
});
