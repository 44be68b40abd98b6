import { GetExecutionHistoryCommand, ListExecutionsCommand, SFNClient } from '@aws-sdk/client-sfn';
import { type Test, test } from 'tap';
import * as Value from 'typebox/value';
import { bootPackaged } from '../../src/local/start-stack.ts';
import { GreetingResult } from '../../src/workflows/greeting/workflow.ts';
import { createClient } from '../support/client.ts';
import { createMovableClock } from '../support/movable-clock.ts';
import { pollUntil } from '../support/poll.ts';
import { createRecordingLog } from '../support/recording-log.ts';

async function boot(t: Test, auth: 'none' | 'jwt' = 'none') {
	const clock = createMovableClock();
	const { log, lines } = createRecordingLog();
	const stack = await bootPackaged({ port: 0, auth }, { log, clock });
	t.teardown(() => stack.close());
	const local = async (path: string, init: RequestInit = {}): Promise<unknown> =>
		(
			await fetch(`${stack.url}/_local/${path}`, { headers: { 'content-type': 'application/json' }, ...init })
		).json();
	return { stack, clock, lines, local, ...createClient(stack.url) };
}

const GREETING = { type: 'greeting', data: { name: 'Ada' } };

test('a stack without authentication', async (t) => {
	const { stack, clock, lines, local, request, post, accepted, finished } = await boot(t);
	const sfn = new SFNClient({
		endpoint: stack.awsEndpoint,
		region: stack.region,
		credentials: { accessKeyId: 'x', secretAccessKey: 'x' },
	});
	t.teardown(() => sfn.destroy());

	await t.test('a greeting runs to its end', async (t) => {
		const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
		const { body } = await post({ ...GREETING, data: { name: '  Ada ' } }, { traceparent });
		const task = await finished(body['task_id']);
		t.match(task, { status: 'SUCCEEDED', redrive_count: 0, result: { name: 'Ada', message: 'Hello Ada' } });
		t.ok(Value.Check(GreetingResult, task['result']));
		t.match(await local('slack'), [{ text: 'Hello Ada' }]);
		const own = lines.map(({ message }) => message).filter((line) => line.includes(String(body['task_id'])));
		t.ok(
			own.some((line) => line.includes('execution started') && line.includes(traceparent)),
			'the trace context is passed on',
		);
		t.ok(own.length >= 5, 'every function logs the task’s id');
	});

	await t.test('a name of white space alone fails its validation', async (t) => {
		const { body } = await post({ type: 'greeting', data: { name: ' \t ' } });
		t.match(await finished(body['task_id']), {
			status: 'FAILED',
			error: { code: 'ValidationError', message: 'The name is only white space.' },
		});
	});

	await t.test(
		'a downstream that keeps timing out fails the task after its retries, with a Slack message',
		async (t) => {
			await local('faults', { method: 'PUT', body: '{"greeting.transient": 1}' });
			const { body } = await post({ type: 'greeting', data: { name: 'Eve' } });
			const createdAtMs = Date.parse(String(body['created_at']));
			const executionArn = `arn:aws:states:${stack.region}:000000000000:execution:task-api-local-greeting:${String(body['task_id'])}-${createdAtMs}`;
			const failures = async () => {
				const { events = [] } = await sfn
					.send(new GetExecutionHistoryCommand({ executionArn }))
					.catch(() => ({ events: [] }));
				return events.filter(({ type }) => type === 'LambdaFunctionFailed').length;
			};
			for (let attempt = 1; attempt <= 3; attempt++) {
				await pollUntil(`attempt ${attempt}`, async () => (await failures()) >= attempt || undefined);
				// Past the longest delay before the next attempt, and not past the time that a step may take.
				clock.advance(8000);
			}
			t.match(await finished(body['task_id']), {
				status: 'FAILED',
				error: { code: 'RuntimeError', message: 'TRANSIENT: downstream timeout' },
			});
			t.match(await local('slack'), { length: Number });
			t.match(JSON.stringify(await local('slack')), /greeting of Eve failed: RuntimeError/);
			t.match(await local('faults', { method: 'PUT', body: '{"reset": true}' }), {
				'greeting.transient': 0,
			});
		},
	);

	await t.test('200 at once: all succeed, each with exactly one execution', async (t) => {
		const answers = await Promise.all(
			Array.from({ length: 200 }, (_, index) => accepted({ type: 'greeting', data: { name: `n${index}` } })),
		);
		const tasks = await Promise.all(answers.map(({ body }) => finished(body['task_id'])));
		t.strictSame(
			tasks.filter(({ status }) => status !== 'SUCCEEDED'),
			[],
		);
		t.strictSame(
			new Set(tasks.map(({ result }) => Object(result).message)),
			new Set(tasks.map((_, index) => `Hello n${index}`)),
		);
		const stateMachineArn = `arn:aws:states:${stack.region}:000000000000:stateMachine:task-api-local-greeting`;
		const { executions = [] } = await sfn.send(
			new ListExecutionsCommand({ stateMachineArn, maxResults: 1000 }),
		);
		for (const { body } of answers) {
			t.equal(executions.filter(({ name }) => name?.startsWith(String(body['task_id']))).length, 1);
		}
	});

	await t.test('invalid input is rejected and starts nothing', async (t) => {
		const { status, body } = await post({ type: 'greeting', data: { name: 7 } });
		t.match(
			{ status, body },
			{
				status: 422,
				body: {
					type: '/problems/validation',
					errors: [{ loc: ['body', 'data', 'name'], type: 'string_type' }],
				},
			},
		);
		t.match(await request('POST', '/v1/tasks', { headers: { 'content-type': 'text/plain' }, body: 'x' }), {
			status: 415,
		});
		t.match(await request('GET', '/v1/nothing'), { status: 404, body: { type: '/problems/not-found' } });
		t.match(await request('DELETE', '/v1/tasks'), { status: 405, headers: { allow: 'GET, HEAD, POST' } });
	});

	await t.test('the documents are served', async (t) => {
		t.match(await request('GET', '/v1/health'), { status: 200, body: { status: 'ok' } });
		t.match(await request('GET', '/v1/openapi.json'), { status: 200, body: { openapi: '3.1.0' } });
		t.match(await local('stack'), {
			aws_endpoint: stack.awsEndpoint,
			region: stack.region,
			outputs: { TaskTopicArn: String },
		});
	});
});

test('a stack with authentication', async (t) => {
	const { stack, local, request, post, finished } = await boot(t, 'jwt');
	const token = async (sub: string, scope: string) => {
		const { access_token } = Object(
			await local('tokens', { method: 'POST', body: JSON.stringify({ sub, scope }) }),
		);
		return { authorization: `Bearer ${String(access_token)}` };
	};

	await t.test('only public operations accept requests without a token', async (t) => {
		t.equal((await fetch(`${stack.url}/v1/tasks`, { method: 'POST' })).status, 401);
		t.equal((await request('GET', '/v1/health')).status, 200);
		t.equal((await request('GET', '/v1/openapi.json')).status, 200);
	});

	await t.test('a forged event yields no principal', async (t) => {
		const forged = JSON.stringify({
			requestContext: { authorizer: { jwt: { claims: { sub: 'eve', scope: 'tasks:read tasks:write' } } } },
		});
		const headers = {
			...(await token('ada', 'tasks:read')),
			'content-type': 'application/json',
			'x-apigateway-event': encodeURIComponent(forged),
			'x-apigateway-context': encodeURIComponent('{}'),
			'x-aws-lambda-fastify-request': 'x',
		};
		t.match(await request('POST', '/v1/tasks', { headers, body: JSON.stringify(GREETING) }), {
			status: 403,
			body: { type: '/problems/forbidden' },
		});
	});

	await t.test('a task is visible to its principal only', async (t) => {
		const ada = await token('ada', 'tasks:read tasks:write');
		const { status, body } = await post(GREETING, ada);
		t.equal(status, 202);
		t.match(await finished(body['task_id'], ada), { status: 'SUCCEEDED' });
		const foreign = await request('GET', `/v1/tasks/${String(body['task_id'])}`, {
			headers: await token('eve', 'tasks:read'),
		});
		t.match(foreign, { status: 404, body: { type: '/problems/not-found' } });
	});
});
