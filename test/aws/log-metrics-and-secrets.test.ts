import type { ServerResponse } from 'node:http';
import { test } from 'tap';
import { createSecretsManagerClient } from '../../src/aws/clients.ts';
import { withInvocation } from '../../src/aws/invocation.ts';
import { createLog } from '../../src/aws/log.ts';
import { createMetric } from '../../src/aws/metrics.ts';
import { createSecretReader } from '../../src/aws/secret-reader.ts';
import { ServiceUnavailableError } from '../../src/tasks/service-unavailable.ts';
import { startHttpReceiver } from '../support/http-receiver.ts';
import { linesOf } from '../support/lines-of.ts';

const contextOf = (id: string) => ({
	awsRequestId: id,
	functionName: 'api',
	functionVersion: '7',
	invokedFunctionArn: 'arn:aws:lambda:us-east-1:000000000000:function:api',
	memoryLimitInMB: '512',
});

const requestOf = (id: string) => ({
	requestContext: { requestId: `gateway-${id}` },
	headers: { 'x-amzn-trace-id': `Self=1-2;Root=1-trace-${id};Sampled=1` },
});

test('each log line contains the ids of its own invocation, also if invocations run concurrently', async (t) => {
	const log = createLog();
	const turns: (() => void)[] = [];
	const handler = withInvocation(async (event: { readonly task: string }) => {
		const taskLog = log.with({ task_id: event.task });
		taskLog.info('before');
		await new Promise<void>((resolve) => turns.push(resolve));
		taskLog.warn('after', { more: 1 });
	});
	const records = await linesOf(t, async () => {
		const runs = ['a', 'b'].map((id) => handler({ task: `task-${id}`, ...requestOf(id) }, contextOf(id)));
		for (const turn of turns.toReversed()) turn();
		await Promise.all(runs);
		log.info('outside');
	});
	t.equal(records.length, 5);
	for (const record of records.slice(0, 4)) {
		const id = String(record.task_id).at(-1);
		t.match(record, {
			function_request_id: id,
			function_name: 'api',
			request_id: `gateway-${id}`,
			xray_trace_id: `1-trace-${id}`,
		});
	}
	t.match(records[2], { message: 'after', task_id: 'task-b', more: 1 });
	t.notOk('request_id' in records[4]);
});

test('an invocation without context or of another kind of event is logged too', async (t) => {
	const log = createLog();
	const handler = withInvocation(async () => log.error('failed', { error: new Error('x') }));
	const [line] = await linesOf(t, () => handler({ Records: [] }, {}));
	t.match(line, { level: 'ERROR', message: 'failed', error: { message: 'x' } });
});

test('a metric has the stage as its only dimension', async (t) => {
	const record = createMetric('ReconcileLagSeconds', 'prod', 'Seconds');
	const [first, second] = await linesOf(t, () => {
		record(3);
		record(4);
	});
	t.match(first, {
		_aws: {
			CloudWatchMetrics: [
				{ Namespace: 'task-api', Dimensions: [['stage']], Metrics: [{ Name: 'ReconcileLagSeconds' }] },
			],
		},
		stage: 'prod',
	});
	t.strictSame(first._aws.CloudWatchMetrics[0].Dimensions, [['stage']]);
	t.strictSame([first.ReconcileLagSeconds, second.ReconcileLagSeconds].flat(), [3, 4]);
});

test('a rotated secret is used within five minutes, or at once if its value was refused', async (t) => {
	let value = 'old';
	let isDown = false;
	const answer = (response: ServerResponse) => {
		if (isDown) return response.writeHead(503).end();
		response.setHeader('content-type', 'application/x-amz-json-1.1');
		return response.end(JSON.stringify({ SecretString: value }));
	};
	const { url, requests } = await startHttpReceiver(t, (response) => void answer(response));
	const environment = { AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'x', AWS_SECRET_ACCESS_KEY: 'x' };
	t.intercept(process, 'env', { value: { ...process.env, ...environment, AWS_ENDPOINT_URL: url } });
	let nowMs = Date.now();
	t.intercept(Date, 'now', { value: () => nowMs });
	const readSecret = createSecretReader(createSecretsManagerClient(), 'arn:secret');
	t.equal(await readSecret(), 'old');
	value = 'new';
	nowMs += 299_000;
	t.equal(await readSecret(), 'old');
	t.equal(requests.length, 1);
	nowMs += 2000;
	t.equal(await readSecret(), 'new');
	value = 'newer';
	t.equal(await readSecret({ fresh: true }), 'newer');
	isDown = true;
	await t.rejects(readSecret({ fresh: true }), ServiceUnavailableError);
});
