import { GetExecutionHistoryCommand, SFNClient } from '@aws-sdk/client-sfn';
import { type Test, test } from 'tap';
import * as Value from 'typebox/value';
import { bootPackaged } from '../../src/local/start-stack.ts';
import { ReleaseResult } from '../../src/workflows/release/workflow.ts';
import { createClient, type HttpAnswer } from '../support/client.ts';
import { createMovableClock } from '../support/movable-clock.ts';
import { pollUntil } from '../support/poll.ts';
import { createRecordingLog } from '../support/recording-log.ts';

const DAY_MS = 24 * 3600 * 1000;

async function boot(t: Test) {
	const clock = createMovableClock();
	const { log, lines } = createRecordingLog();
	const stack = await bootPackaged({ port: 0, auth: 'none' }, { log, clock });
	t.teardown(() => stack.close());
	const sfn = new SFNClient({
		endpoint: stack.awsEndpoint,
		region: stack.region,
		credentials: { accessKeyId: 'x', secretAccessKey: 'x' },
	});
	t.teardown(() => sfn.destroy());
	const client = createClient(stack.url);
	const get = async (id: unknown) => (await client.request('GET', `/v1/tasks/${String(id)}`)).body;
	return {
		...client,
		stack,
		clock,
		lines,
		get,
		release: async (storyId: string): Promise<unknown> => {
			const data = { story_id: storyId, package_ids: ['web-1', 'api-2'], environment: 'staging' };
			const { status, body } = await client.post({ type: 'release', data });
			if (status !== 202) throw new Error(JSON.stringify(body));
			return body['task_id'];
		},
		answer: (
			storyId: string,
			body: object = { status: 'success', message: 'Looks good.' },
			secret = 'local-callback-secret',
		): Promise<HttpAnswer> =>
			client.request('POST', `/v1/callbacks/${storyId}`, {
				headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
				body: JSON.stringify(body),
			}),
		/** Polls until the task waits for its approval, and returns it. */
		waiting: (id: unknown): Promise<HttpAnswer['body']> =>
			pollUntil('the approval', async () => {
				const task = await get(id);
				if (task['status'] !== 'PENDING' && task['status'] !== 'RUNNING')
					throw new Error(JSON.stringify(task));
				return task['waiting_for'] === undefined ? undefined : task;
			}),
		/** Resolves once the waiting step has logged its last line; only then may the clock advance. */
		submitted: async (id: unknown): Promise<void> => {
			const task = await get(id);
			const name = `${String(id)}-${Date.parse(String(task['created_at']))}`;
			const executionArn = `arn:aws:states:${stack.region}:000000000000:execution:task-api-local-release:${name}`;
			await pollUntil('TaskSubmitted', async () => {
				const { events = [] } = await sfn.send(new GetExecutionHistoryCommand({ executionArn }));
				return events.find(({ type }) => type === 'TaskSubmitted');
			});
		},
		/** Reads the execution's two files from the bucket. */
		filesOf: async (id: unknown) => {
			const task = await get(id);
			const execution = `${String(id)}-${Date.parse(String(task['created_at']))}`;
			const read = async (key: string) =>
				(await fetch(`${stack.awsEndpoint}/${String(stack.outputs['OutputBucket'])}/${key}`)).text();
			return {
				result: await read(`outputs/${execution}/result.json`),
				log: await read(`logs/${execution}/execution.log`),
			};
		},
	};
}

test('releases', async (t) => {
	const { request, release, answer, waiting, submitted, finished, get, filesOf, clock, lines } =
		await boot(t);

	await t.test('an approved release succeeds, and is answered once', async (t) => {
		const id = await release('OK-1');
		t.match(await waiting(id), { status: 'RUNNING', waiting_for: { callback_key: 'OK-1' } });
		t.match(await answer('OK-1', undefined, 'wrong'), { status: 401 });
		t.match(await answer('NOBODY-1'), { status: 404 });
		t.match(await answer('OK-1', { status: 'maybe' }), { status: 422 });
		t.match(await answer('OK-1'), { status: 200, body: { task_id: id } });
		t.match(await answer('OK-1'), { status: 409 });
		const task = await finished(id);
		t.match(task, {
			status: 'SUCCEEDED',
			waiting_for: undefined,
			result: { approval: { message: 'Looks good.' } },
		});
		t.ok(Value.Check(ReleaseResult, task['result']));
		const { result_url, log_url, ...gathered } = Object(task['result']);
		t.strictSame(await (await fetch(result_url)).json(), gathered);
		const log = await (await fetch(log_url)).text();
		for (const state of ['ValidatePackages', 'DeployPackages', 'NotifyStakeholders', 'AwaitApproval'])
			t.match(log, new RegExp(`^\\S+Z  \\S+Z  Task ${state}  SUCCEEDED  attempt=1$`, 'm'), state);
		t.match(log, /\noutcome: SUCCEEDED\n$/);
		t.notMatch(JSON.stringify(lines), /local-callback-secret|local-partner-token/, 'no secret is logged');
	});

	await t.test('exactly one of several concurrent answers is accepted', async (t) => {
		const id = await release('RACE-1');
		await waiting(id);
		const statuses = (await Promise.all(Array.from({ length: 6 }, () => answer('RACE-1')))).map(
			({ status }) => status,
		);
		t.strictSame(
			statuses.toSorted((a, b) => a - b),
			[200, 409, 409, 409, 409, 409],
		);
		t.match(await finished(id), { status: 'SUCCEEDED' });
	});

	await t.test('a rejected release fails and writes its files', async (t) => {
		const id = await release('NO-1');
		await waiting(id);
		await answer('NO-1', { status: 'failure', message: 'Not today.' });
		t.match(await finished(id), {
			status: 'FAILED',
			error: { code: 'ApprovalRejected', message: 'Not today.' },
		});
		const { result, log } = await filesOf(id);
		t.match(JSON.parse(result), { error: { code: 'ApprovalRejected', message: 'Not today.' } });
		t.match(log, /\noutcome: FAILED {2}ApprovalRejected {2}Not today\.\n$/);
	});

	await t.test('an answer that arrives before the release waits is kept and applied', async (t) => {
		const id = await release('EARLY-1');
		t.match(await answer('EARLY-1'), { status: 200, body: { task_id: id } });
		t.match(await finished(id), { status: 'SUCCEEDED' });
		t.match(await answer('EARLY-1'), { status: 409 });
	});

	await t.test('a story has one open release at a time; a cancelled release frees it', async (t) => {
		const first = await release('BUSY-1');
		await waiting(first);
		await t.rejects(release('BUSY-1'), { message: /"status":409/ });
		t.match(await get(first), { status: 'RUNNING' });
		t.equal((await request('POST', `/v1/tasks/${String(first)}/cancel`)).status, 202);
		t.match(await finished(first), { status: 'ABORTED', waiting_for: undefined });
		t.match(await answer('BUSY-1'), { status: 410 });
		const next = await release('BUSY-1');
		await waiting(next);
		t.equal((await answer('BUSY-1')).status, 200);
		t.match(await finished(next), { status: 'SUCCEEDED' });
	});

	await t.test('an unanswered release fails after 24 hours, and a late answer gets 410', async (t) => {
		const id = await release('LATE-1');
		await submitted(id);
		clock.advance(DAY_MS);
		t.match(await finished(id), { status: 'FAILED', error: { code: 'ApprovalTimedOut' } });
		t.match(await answer('LATE-1'), { status: 410 });
		t.match((await filesOf(id)).log, /outcome: FAILED {2}ApprovalTimedOut/);
	});

	await t.test('rejected packages fail the release', async (t) => {
		const data = { story_id: 'BAD-1', package_ids: ['INVALID-1'], environment: 'prod' };
		const { body } = await request('POST', '/v1/tasks', {
			headers: { 'content-type': 'application/json' },
			body: JSON.stringify({ type: 'release', data }),
		});
		t.match(await finished(body['task_id']), {
			status: 'FAILED',
			error: { code: 'PackagesInvalid' },
			links: { redrive: String },
		});
	});
});
