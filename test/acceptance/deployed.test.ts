import { randomUUID } from 'node:crypto';
import { type Test, test } from 'tap';
import { bootPackaged } from '../../src/local/start-stack.ts';
import { createSystemClock } from '../../src/local-aws/clock.ts';
import { createClient } from '../support/client.ts';
import { createRecordingLog } from '../support/recording-log.ts';

/**
 * Smoke test of a stage, over HTTP only: the stage at `TARGET_URL` with the token in `TASK_API_TOKEN`, or a local stack if
 * `TARGET_URL` is not set. `npm run smoke` runs this file.
 */
async function target(t: Test) {
	const { TARGET_URL, TASK_API_TOKEN } = process.env;
	const headers: Record<string, string> =
		TASK_API_TOKEN === undefined ? {} : { authorization: `Bearer ${TASK_API_TOKEN}` };
	if (TARGET_URL !== undefined) return { ...createClient(TARGET_URL.replace(/\/$/, '')), headers };
	const { log } = createRecordingLog();
	const stack = await bootPackaged({ port: 0, auth: 'none' }, { log, clock: createSystemClock() });
	t.teardown(() => stack.close());
	return { ...createClient(stack.url), headers };
}

test('a stage', async (t) => {
	const { request, post, finished, headers } = await target(t);
	const greeting = { type: 'greeting', data: { name: 'Ada' } };

	await t.test('runs a task to its end', async (t) => {
		const { status, body, headers: answered } = await post(greeting, headers);
		t.equal(status, 202);
		t.equal(answered['location'], `/v1/tasks/${String(body['task_id'])}`);
		t.match(await finished(body['task_id'], headers), {
			status: 'SUCCEEDED',
			result: { message: 'Hello Ada' },
		});
		t.match(await request('GET', `/v1/tasks/${String(body['task_id'])}/events`, { headers }), {
			status: 200,
		});
	});

	await t.test('honours Prefer: wait', async (t) => {
		t.match(await post(greeting, { ...headers, prefer: 'wait=20' }), {
			status: 200,
			body: { status: 'SUCCEEDED' },
		});
	});

	await t.test('creates one task for a repeated idempotency key', async (t) => {
		const key = { 'idempotency-key': randomUUID(), ...headers };
		const first = await post(greeting, key);
		const again = await post(greeting, key);
		t.equal(again.body['task_id'], first.body['task_id']);
		t.equal(again.headers['idempotency-replayed'], 'true');
		t.equal((await post({ ...greeting, data: { name: 'Eve' } }, key)).status, 422);
	});

	await t.test('describes validation errors precisely', async (t) => {
		t.match(await post({ type: 'greeting', data: {} }, headers), {
			status: 422,
			headers: { 'content-type': /^application\/problem\+json/ },
			body: { errors: [{ loc: ['body', 'data', 'name'] }] },
		});
		t.equal((await request('GET', `/v1/tasks/${randomUUID()}`, { headers })).status, 404);
	});

	await t.test('lists tasks and serves its OpenAPI document', async (t) => {
		t.match(await request('GET', '/v1/tasks?limit=2', { headers }), { status: 200 });
		t.match(await request('GET', '/v1/openapi.json'), { status: 200, body: { openapi: '3.1.0' } });
		t.match(await request('GET', '/v1/health'), { status: 200 });
	});
});
