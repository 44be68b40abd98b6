import { DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { DescribeExecutionCommand, ListExecutionsCommand, SFNClient } from '@aws-sdk/client-sfn';
import { type Test, test } from 'tap';
import { bootPackaged } from '../../src/local/start-stack.ts';
import { createClient } from '../support/client.ts';
import { createMovableClock } from '../support/movable-clock.ts';
import { pollUntil } from '../support/poll.ts';
import { createRecordingLog } from '../support/recording-log.ts';

const GREETING = { type: 'greeting', data: { name: 'Ada' } };

async function boot(t: Test) {
	const { log } = createRecordingLog();
	const stack = await bootPackaged({ port: 0, auth: 'none' }, { log, clock: createMovableClock() });
	t.teardown(() => stack.close());
	const settings = {
		endpoint: stack.awsEndpoint,
		region: stack.region,
		credentials: { accessKeyId: 'x', secretAccessKey: 'x' },
	};
	const sfn = new SFNClient(settings);
	const dynamodb = new DynamoDBClient(settings);
	t.teardown(() => [sfn, dynamodb].forEach((client) => client.destroy()));
	const arn = (kind: string, name: string) => `arn:aws:states:${stack.region}:000000000000:${kind}:${name}`;
	const executionArn = ({ task_id, created_at }: Readonly<Record<string, unknown>>) =>
		arn('execution', `task-api-local-greeting:${String(task_id)}-${Date.parse(String(created_at))}`);
	return {
		...createClient(stack.url),
		faults: async (rates: object) => {
			const headers = { 'content-type': 'application/json' };
			const body = JSON.stringify({ reset: true, ...rates });
			return (await fetch(`${stack.url}/_local/faults`, { method: 'PUT', headers, body })).status;
		},
		/** Moves the clock so that the task's check is due, and runs the reconciler. */
		reconcile: async (taskId: unknown) => {
			const pk = `$task-api#principal_local#taskId_${String(taskId)}`;
			await dynamodb.send(
				new UpdateItemCommand({
					TableName: String(stack.outputs['TaskTable']),
					Key: { pk: { S: pk }, sk: { S: '$task_1' } },
					UpdateExpression: 'SET check_at_ms = :due',
					ExpressionAttributeValues: { ':due': { N: '1' } },
				}),
			);
			const path = '/2015-03-31/functions/task-api-local-reconciler/invocations';
			const authorization =
				'AWS4-HMAC-SHA256 Credential=x/20260101/us-east-1/lambda/aws4_request, SignedHeaders=host, Signature=x';
			const answer = await fetch(`${stack.awsEndpoint}${path}`, {
				method: 'POST',
				headers: { authorization },
				body: '{}',
			});
			return { status: answer.status, error: answer.headers.get('x-amz-function-error') };
		},
		ended: (task: Readonly<Record<string, unknown>>) =>
			pollUntil('the end of the execution', async () => {
				const command = new DescribeExecutionCommand({ executionArn: executionArn(task) });
				const { status } = await sfn.send(command).catch(() => ({ status: undefined }));
				return status === 'RUNNING' ? undefined : status;
			}),
		executions: async () => {
			const stateMachineArn = arn('stateMachine', 'task-api-local-greeting');
			const command = new ListExecutionsCommand({ stateMachineArn, maxResults: 1000 });
			return (await sfn.send(command)).executions ?? [];
		},
	};
}

test('no task is lost, and its row shows the status of the execution', async (t) => {
	const { post, request, finished, faults, reconcile, ended, executions } = await boot(t);
	const statusOf = async (id: unknown) => (await request('GET', `/v1/tasks/${String(id)}`)).body['status'];

	await t.test('a task whose publish failed is accepted and started by the reconciler', async (t) => {
		await faults({ 'sns.publish.fail': 1 });
		const { status, body } = await post(GREETING);
		t.equal(status, 202);
		await faults({});
		t.equal(await statusOf(body['task_id']), 'PENDING');
		t.strictSame(await reconcile(body['task_id']), { status: 200, error: null });
		t.match(await finished(body['task_id']), { status: 'SUCCEEDED' });
	});

	await t.test('a task whose events were all lost is repaired by the reconciler', async (t) => {
		await faults({ 'events.drop': 1 });
		const { body } = await post(GREETING);
		t.equal(await ended(body), 'SUCCEEDED');
		t.equal(await statusOf(body['task_id']), 'PENDING');
		await faults({});
		await reconcile(body['task_id']);
		t.match(await finished(body['task_id']), { status: 'SUCCEEDED', result: { message: 'Hello Ada' } });
	});

	await t.test('duplicate, late and reordered messages and events change nothing', async (t) => {
		await faults({
			'sqs.duplicate': 0.5,
			'sqs.delay': 0.3,
			'events.duplicate': 0.5,
			'events.shuffle': 0.5,
			seed: 42,
		});
		const accepted = await Promise.all(Array.from({ length: 20 }, () => post(GREETING)));
		const ids = accepted.map(({ body }) => String(body['task_id']));
		const tasks = await Promise.all(ids.map((id) => finished(id)));
		await faults({});
		t.ok(tasks.every(({ status }) => status === 'SUCCEEDED'));
		const names = (await executions()).map(({ name = '' }) => name);
		for (const id of ids) t.equal(names.filter((name) => name.startsWith(id)).length, 1);
	});

	await t.test('an unknown fault switch is rejected and changes nothing', async (t) => {
		t.equal(await faults({ 'sns.publish': 1 }), 400);
		t.equal(await faults({ 'sns.publish.fail': 2 }), 400);
	});
});
