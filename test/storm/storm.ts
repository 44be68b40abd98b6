import { setTimeout as delay } from 'node:timers/promises';
import { DescribeExecutionCommand, ListExecutionsCommand, SFNClient } from '@aws-sdk/client-sfn';
import { GetQueueAttributesCommand, ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { t as tap, test } from 'tap';
import { exitCode, startChildStack } from '../support/child-stack.ts';
import { createStormClient, type StormTask } from './storm-client.ts';

/** Half a minute in which every call, message, event and invocation may fail. */
const STORM_MS = 30_000;
/** Time of the `kill -9`. */
const KILL_AFTER_MS = 12_000;
const SEED = 7;
const FAULTS = {
	'sns.publish.fail': 0.3,
	'sqs.duplicate': 0.2,
	'sqs.delay': 0.2,
	'events.drop': 0.3,
	'events.duplicate': 0.2,
	'events.shuffle': 0.3,
	'dynamodb.throttle': 0.1,
	'dynamodb.stale-reads': 0.3,
	'states.throttle': 0.1,
	'lambda.crash-before': 0.1,
	'lambda.crash-after': 0.1,
	'lambda.timeout': 0.1,
	's3.fail': 0.1,
	'greeting.transient': 0.2,
};

/** 500 tasks, each with its key, so that a client may repeat a request without a response. */
const TASKS: readonly StormTask[] = [
	...many(420, (index) => ({ type: 'greeting', data: { name: `n${index}` } })),
	...many(40, (index) => ({
		type: 'order',
		data: { order_id: `A-${index}`, items: [{ sku: index % 2 === 0 ? 'MUG-1' : 'OUT-7', quantity: 1 }] },
	})),
	...many(25, (index) => ({
		type: 'process-channels',
		data: { channels: ['#a', '#b', `#c${index}`], note: 'x' },
	})),
	...many(15, (index) => ({
		type: 'release',
		data: { story_id: `STORM-${index + 1}`, package_ids: ['web-1.4.0'], environment: 'staging' },
	})),
];

tap.setTimeout(STORM_MS + 8 * 60_000);

test('a storm of faults with a kill in the middle loses no accepted task', async (t) => {
	const environment = { PORT: '0', DATA_DIR: t.testdir({}) };
	const first = await startChildStack(t, environment);
	const { port } = new URL(first.url);
	const local: unknown = await (await fetch(`${first.url}/_local/stack`)).json();
	const { port: awsPort } = new URL(Object(local).aws_endpoint);
	const over = new AbortController();
	t.teardown(() => over.abort());
	const client = createStormClient(first.url, over.signal);
	await client.setFaults({ ...FAULTS, seed: SEED });
	const posted = Promise.all(
		TASKS.map((task, index) => client.accepted(task, `storm-${index}`, (index / TASKS.length) * 25_000)),
	);
	const answered = client.answerReleases(TASKS);

	await delay(KILL_AFTER_MS);
	first.process.kill('SIGKILL');
	await exitCode(first.process);
	await startChildStack(t, { ...environment, PORT: port, AWS_PORT: awsPort });
	await client.setFaults({ ...FAULTS, seed: SEED + 1 });
	await delay(STORM_MS - KILL_AFTER_MS);
	await client.setFaults({});
	t.comment('the storm is over');

	const calmMs = performance.now();
	const accepted = await posted;
	t.equal(new Set(accepted.map(({ task_id }) => task_id)).size, TASKS.length, 'each key has its own task');
	const tasks = await Promise.all(accepted.map(({ task_id }) => client.finished(task_id)));
	t.comment(`all have ended ${((performance.now() - calmMs) / 1000).toFixed(0)} s after the storm`);
	over.abort();
	await answered;

	const aws = {
		endpoint: `http://127.0.0.1:${awsPort}`,
		region: 'us-east-1',
		credentials: { accessKeyId: 'x', secretAccessKey: 'x' },
	};
	const sfn = new SFNClient(aws);
	const sqs = new SQSClient(aws);
	t.teardown(() => [sfn, sqs].forEach((each) => each.destroy()));
	const arnOf = (kind: string, type: string) =>
		`arn:aws:states:us-east-1:000000000000:${kind}:task-api-local-${type}`;

	const names: string[] = [];
	for (const type of new Set(TASKS.map((task) => task.type))) {
		const { executions = [] } = await sfn.send(
			new ListExecutionsCommand({ stateMachineArn: arnOf('stateMachine', type), maxResults: 1000 }),
		);
		names.push(...executions.map(({ name = '' }) => name));
	}
	const wrong: unknown[] = [];
	const outcomes: Record<string, number> = {};
	for (const [index, task] of tasks.entries()) {
		const { type, status, error, created_at: createdAt, task_id: id } = task;
		const code = String(Object(error).code);
		const outcome = `${String(type)} ${String(status)}${status === 'SUCCEEDED' ? '' : ` (${code})`}`;
		outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
		const mine = names.filter((name) => name.startsWith(String(id)));
		const name = `${String(id)}-${Date.parse(String(createdAt))}`;
		const execution = await sfn.send(
			new DescribeExecutionCommand({ executionArn: `${arnOf('execution', String(type))}:${name}` }),
		);
		const isSame = mine.length === 1 && execution.status === status;
		const isRight =
			status !== 'SUCCEEDED' || type !== 'greeting' || Object(task['result']).message === `Hello n${index}`;
		if (!isSame || !isRight) wrong.push({ task, mine, execution: execution.status });
	}
	t.comment(JSON.stringify(outcomes));
	t.strictSame(wrong, [], 'each task has one execution and its status');
	t.ok((outcomes['greeting SUCCEEDED'] ?? 0) > 200, 'most greetings succeed');

	const { QueueUrls = [] } = await sqs.send(new ListQueuesCommand({}));
	for (const QueueUrl of QueueUrls.filter((url) => /dead/i.test(url))) {
		const { Attributes } = await sqs.send(
			new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['ApproximateNumberOfMessages'] }),
		);
		t.equal(Attributes?.['ApproximateNumberOfMessages'], '0', QueueUrl);
	}
});

function many(count: number, make: (index: number) => StormTask): StormTask[] {
	return Array.from({ length: count }, (_, index) => make(index));
}
