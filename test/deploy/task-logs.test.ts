import { type Test, test } from 'tap';
import { readTaskLogs } from '../../src/deploy/task-logs.ts';
import { startHttpReceiver } from '../support/http-receiver.ts';

const NOW_MS = Date.parse('2026-11-20T10:00:00.000Z');

/** A UUIDv7 of 09:30, half an hour before. */
const TIMED_ID = '01932f4e-6f00-7000-8000-000000000001';
const KEYED_ID = '80be7ca3-2911-8219-857a-2105c61a9df5';

const row = (log: string, message: string) => [
	{ field: '@timestamp', value: '2026-11-20 09:30:00.123' },
	{ field: '@log', value: `000000000000:/aws/lambda/${log}` },
	{ field: '@message', value: message },
	{ field: '@ptr', value: 'x' },
];

/** CloudWatch Logs with these answers to GetQueryResults, one for each request. */
async function serveLogs(t: Test, results: readonly object[]) {
	const operations: string[] = [];
	const { url, requests } = await startHttpReceiver(t, (response, number) => {
		operations.push(String(requests[number]?.headers['x-amz-target']));
		response.setHeader('content-type', 'application/x-amz-json-1.1');
		response.end(JSON.stringify(number === 0 ? { queryId: 'query-1' } : (results[number - 1] ?? {})));
	});
	const before = { ...process.env };
	Object.assign(process.env, {
		AWS_ENDPOINT_URL: url,
		AWS_ACCESS_KEY_ID: 'x',
		AWS_SECRET_ACCESS_KEY: 'x',
	});
	t.teardown(() => {
		for (const name of ['AWS_ENDPOINT_URL', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'])
			if (before[name] === undefined) delete process.env[name];
			else process.env[name] = before[name];
	});
	const waits: number[] = [];
	const read = (taskId: string, stage = 'staging') =>
		readTaskLogs({
			stage,
			region: 'us-east-1',
			taskId,
			now: () => NOW_MS,
			wait: async (ms) => void waits.push(ms),
		});
	return { read, requests, operations, waits };
}

test('the lines of all functions of a stage about a task are read', async (t) => {
	const line = JSON.stringify({
		level: 'WARN',
		message: 'step failed',
		task_id: TIMED_ID,
		state: 'Validate',
	});
	const { read, requests, operations, waits } = await serveLogs(t, [
		{ status: 'Running' },
		{
			status: 'Complete',
			results: [row('task-api-staging-greetingSteps', line), row('task-api-staging-api', 'REPORT x\n')],
		},
	]);
	t.strictSame(await read(TIMED_ID.toUpperCase()), [
		{
			timestamp: '2026-11-20T09:30:00.123Z',
			function: 'greetingSteps',
			level: 'WARN',
			message: 'step failed',
			fields: { task_id: TIMED_ID, state: 'Validate' },
		},
		{
			timestamp: '2026-11-20T09:30:00.123Z',
			function: 'api',
			level: 'INFO',
			message: 'REPORT x',
			fields: {},
		},
	]);
	t.strictSame(waits, [500]);
	t.match(operations, [/StartQuery$/, /GetQueryResults$/, /GetQueryResults$/]);
	const { queryString, startTime, endTime } = JSON.parse(requests[0]?.body ?? '');
	t.match(queryString, /^SOURCE logGroups\(namePrefix: \['\/aws\/lambda\/task-api-staging-'\]\) \| /);
	t.match(queryString, new RegExp(`filter task_id = '${TIMED_ID}'`));
	t.equal(endTime, NOW_MS / 1000);
	t.equal(startTime, Math.floor(Number.parseInt('01932f4e6f00', 16) / 1000) - 60);
});

test('a task with an idempotency key is searched for in two days', async (t) => {
	const { read, requests } = await serveLogs(t, [{ status: 'Complete' }]);
	t.strictSame(await read(KEYED_ID), []);
	t.equal(JSON.parse(requests[0]?.body ?? '').startTime, NOW_MS / 1000 - 48 * 3600);
});

test('a query that fails, a stage and an id that are invalid are errors', async (t) => {
	const { read } = await serveLogs(t, [{ status: 'Failed' }]);
	await t.rejects(read(TIMED_ID), { message: 'The query of the logs ended as Failed.' });
	await t.rejects(read(TIMED_ID, 'dve'), { message: /Unknown stage "dve"/ });
	await t.rejects(read("x' or 1"), { message: 'Invalid task id "x\' or 1".' });
});
