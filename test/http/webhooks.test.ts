import { type Test, test } from 'tap';
import * as Value from 'typebox/value';
import { createWebhooksApp } from '../../src/http/app.ts';
import { createCursors } from '../../src/http/lists/cursors.ts';
import { WebhookBody, webhookBody } from '../../src/http/webhooks/webhook-body.ts';
import type { AcceptanceLimit } from '../../src/tasks/acceptance-limit.ts';
import { newDeliveries, testDelivery } from '../../src/tasks/deliveries.ts';
import { createWebhookManager } from '../../src/tasks/manage-webhooks.ts';
import type { Task } from '../../src/tasks/task.ts';
import { createTaskId } from '../../src/tasks/task.ts';
import { createWebhookSecrets } from '../../src/tasks/webhook-secret.ts';
import { MAX_WEBHOOKS, WEBHOOK_CACHE_MS } from '../../src/tasks/webhooks.ts';
import { WORKFLOWS } from '../../src/workflows/catalog.ts';
import { createTestApi, GREETING } from '../support/api.ts';
import { contractFaults } from '../support/contract.ts';
import { exampleTask } from '../support/example-task.ts';
import { createMemoryDeliveryStore } from '../support/memory-delivery-store.ts';
import { createMemoryWebhookStore } from '../support/memory-webhook-store.ts';
import { createRecordingLog } from '../support/recording-log.ts';

const URL = 'https://example.com/hook';
const TASK = exampleTask();

/** The app of the `webhooks` function over stores in memory. */
function createApi(t: Test, acceptanceLimit?: AcceptanceLimit) {
	const waits: number[] = [];
	const deliveries = createMemoryDeliveryStore();
	const now = () => Date.UTC(2026, 0, 1);
	const secrets = createWebhookSecrets({ readMasterKeys: async () => 'master', now });
	const app = createWebhooksApp({
		webhooks: createWebhookManager({
			webhooks: createMemoryWebhookStore(),
			deliveries,
			secrets,
			queue: { send: async () => undefined },
			createId: createTaskId,
			now,
			sleep: async (ms) => void waits.push(ms),
		}),
		acceptanceLimit,
		now,
		deliveries,
		getTask: async ({ taskId }) =>
			taskId === TASK.taskId ? { kind: 'found', task: TASK } : { kind: 'notFound' },
		cursors: createCursors(async () => 'a key of the test'),
		findUrlFault: async (url) =>
			url.startsWith('https://') ? undefined : 'The URL must begin with https://.',
		readTaskUrlSecret: (principal) => secrets.current(principal),
		findCaller: ({ headers }) => ({
			principal: String(headers['x-test-principal'] ?? 'ada'),
			scopes: String(headers['x-test-scopes'] ?? 'webhooks:write').split(' '),
		}),
		log: createRecordingLog().log,
	});
	t.teardown(() => app.close());
	const send = async (
		method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
		url: string,
		body?: object,
		headers: Record<string, string> = {},
	) => {
		const response = await app.inject({
			method,
			url,
			headers,
			...(body === undefined ? {} : { payload: body }),
		});
		const answered = response.payload === '' ? '' : response.json<Record<string, unknown>>();
		const faults = contractFaults(method, url, {
			status: response.statusCode,
			headers: response.headers,
			body: answered,
		});
		t.strictSame(faults, [], `${method} ${url} is as documented`);
		return { status: response.statusCode, headers: response.headers, body: Object(answered) };
	};
	return { send, waits, deliveries };
}

test('the deliveries of an unknown task or webhook are not found, unless some are left', async (t) => {
	const { send, deliveries } = createApi(t);
	const read = { 'x-test-scopes': 'tasks:read' };
	const unknown = createTaskId(1);
	t.match(await send('GET', `/v1/tasks/${unknown}/deliveries`, undefined, read), { status: 404 });
	t.match(await send('GET', `/v1/tasks/${TASK.taskId}/deliveries`, undefined, read), {
		status: 200,
		body: { deliveries: [] },
	});
	t.match(await send('GET', `/v1/webhooks/${unknown}/deliveries`), { status: 404 });
	const deliveryId = createTaskId(2);
	await deliveries.swap(undefined, testDelivery({ principal: 'ada', webhookId: unknown, deliveryId }, 0));
	t.match(await send('GET', `/v1/webhooks/${unknown}/deliveries`), {
		status: 200,
		body: { deliveries: [{ delivery_id: deliveryId }] },
	});
});

test('tests and replays count against the limit of the principal', async (t) => {
	const taken: string[] = [];
	const { send } = createApi(t, {
		async take(principal, _nowMs, weight) {
			taken.push(`${principal} ${weight}`);
			return { isTaken: taken.length <= 2, name: 'tasks', perMinute: 2, remaining: 0, resetSeconds: 9 };
		},
	});
	const { body } = await send('POST', '/v1/webhooks', { url: URL });
	const path = `/v1/webhooks/${body.webhook_id}`;
	const tested = await send('POST', `${path}/test`);
	t.match(tested, { status: 202, headers: { ratelimit: '"tasks";r=0;t=9' } });
	const replay = `${path}/deliveries/${tested.body.delivery_id}/replay`;
	t.match(await send('POST', replay), { status: 409 });
	for (const url of [`${path}/test`, replay])
		t.match(await send('POST', url), { status: 429, headers: { 'retry-after': '9' } });
	t.strictSame(
		taken,
		Array.from({ length: 4 }, () => 'ada 1'),
		'nothing else counts',
	);
});

test('a subscription is shown with its secret once, and in force when the response arrives', async (t) => {
	const { send, waits } = createApi(t);
	const created = await send('POST', '/v1/webhooks', { url: URL, description: 'Billing' });
	t.match(created, {
		status: 201,
		body: { url: URL, enabled: true, secret: /^whsec_/, description: 'Billing' },
	});
	t.strictSame(waits, [WEBHOOK_CACHE_MS]);
	const path = `/v1/webhooks/${created.body.webhook_id}`;
	for (const at of [path, path.toUpperCase().replace('/V1/WEBHOOKS', '/v1/webhooks')])
		t.notOk('secret' in (await send('GET', at)).body);
	t.match(await send('PATCH', path, { events: ['task.failed'], description: null }), {
		body: { events: ['task.failed'], description: undefined },
	});
	t.match(await send('GET', path, undefined, { 'x-test-principal': 'eve' }), { status: 404 });
	t.match(await send('DELETE', path), { status: 204 });
	t.match((await send('GET', '/v1/webhooks')).body, { webhooks: [] });
});

test('a body is checked strictly', async (t) => {
	const { send } = createApi(t);
	for (const [body, loc] of [
		[{ url: 'http://example.com/' }, ['body', 'url']],
		[{}, ['body', 'url']],
		[{ url: URL, secret: 'mine' }, ['body', 'secret']],
		[{ url: URL, events: ['task.exploded'] }, ['body', 'events', 0]],
		[{ url: URL, events: [] }, ['body', 'events']],
	] as const)
		t.match(await send('POST', '/v1/webhooks', body), { status: 422, body: { errors: [{ loc }] } });
	t.match(await send('GET', '/v1/webhooks/not-an-id'), { status: 422 });
});

test('the scope is required, and the number of subscriptions is limited', async (t) => {
	const { send } = createApi(t);
	t.match(await send('POST', '/v1/webhooks', { url: URL }, { 'x-test-scopes': 'tasks:read tasks:write' }), {
		status: 403,
		body: { detail: 'Missing scope `webhooks:write`.' },
	});
	for (let count = 0; count < MAX_WEBHOOKS; count++)
		t.match(await send('POST', '/v1/webhooks', { url: URL }), { status: 201 });
	t.match(await send('POST', '/v1/webhooks', { url: URL }), { status: 409 });
});

test('a cursor of one webhook is invalid for another', async (t) => {
	const { send, deliveries } = createApi(t);
	const webhookId = createTaskId(0);
	for (const deliveryId of [createTaskId(1), createTaskId(2)])
		await deliveries.swap(undefined, testDelivery({ principal: 'ada', webhookId, deliveryId }, 0));
	const page = await send('GET', `/v1/webhooks/${webhookId}/deliveries?limit=1`);
	t.match(page, { status: 200, body: { deliveries: [{ event: 'webhook.test' }], next_cursor: String } });
	const cursor = page.body.next_cursor;
	t.match(await send('GET', `/v1/webhooks/${createTaskId(3)}/deliveries?cursor=${cursor}`), { status: 422 });
	t.match(await send('GET', `/v1/webhooks/${webhookId}/deliveries?cursor=${cursor}`), {
		body: { deliveries: [{}], next_cursor: undefined },
	});
});

test('a new task keeps its webhooks, and its key stands for them', async (t) => {
	const { post, accepted, store, webhookStore } = createTestApi(t);
	const webhookId = createTaskId(0);
	const webhook = { webhookId, url: URL, createdAtMs: 0, updatedAtMs: 0, secretVersion: 1 };
	await webhookStore.swap(undefined, { principal: 'ada', webhooks: [webhook] });
	t.match((await accepted()).webhooks, [{ webhookId }]);
	const own = { ...GREETING, webhook: { url: 'https://a.example/' } };
	const row = await accepted(own, { 'idempotency-key': 'k1' });
	t.match(row.webhooks, [{ webhookId }, { webhookId: row.taskId, url: 'https://a.example/' }]);
	t.match(await post(own, { 'idempotency-key': 'k1' }), {
		status: 202,
		headers: { 'idempotency-replayed': 'true' },
	});
	t.match(await post(GREETING, { 'idempotency-key': 'k1' }), { status: 422 });
	for (const wrong of [
		{ url: 'http://a.example/' },
		{ webhook_id: createTaskId(1) },
		{},
		{ url: URL, webhook_id: webhookId },
	])
		t.match(await post({ ...GREETING, webhook: wrong }), { status: 422 }, JSON.stringify(wrong));
	const batch = await post(
		{
			tasks: [
				{ ...GREETING, webhook: { webhook_id: webhookId } },
				{ ...GREETING, webhook: { url: 'http://x/' } },
			],
		},
		{},
		'/v1/tasks/batch',
	);
	t.match(batch.body, {
		results: [{ status: 202 }, { status: 422, problem: { errors: [{ loc: ['body', 'webhook', 'url'] }] } }],
	});
	t.notOk('webhooks' in Object((await post(GREETING)).body), 'a task does not show them');
	t.ok(await store.get(row));
});

const bodyOf = webhookBody(WORKFLOWS);

function bodyOfEnd(members: Partial<Task>): Record<string, unknown> {
	const task = exampleTask({
		status: 'SUCCEEDED',
		finishedAtMs: 5,
		updatedAtMs: 5,
		revision: 3,
		webhooks: [{ webhookId: 'w' }],
		...members,
	});
	const [delivery] = newDeliveries(task, 'task.succeeded', 0);
	if (delivery === undefined) throw new Error('no delivery');
	const text = bodyOf(delivery);
	if (Buffer.byteLength(text) > 20_000) throw new Error(`${Buffer.byteLength(text)} bytes`);
	return JSON.parse(text);
}

test('a body is the task as GET shows it, within 20 KB', async (t) => {
	const result = { name: 'Ada', message: 'Hello Ada', validated: true, processed: true, notified: true };
	const small = bodyOfEnd({ result });
	t.strictSame([...Value.Errors(WebhookBody, small)], []);
	t.match(small, { type: 'task.succeeded', data: { status: 'SUCCEEDED', revision: 3, result } });
	t.notOk('result_omitted' in Object(small['data']));
	for (const length of [15_900, 16_300, 19_000, 200_000]) {
		const large = bodyOfEnd({ result: 'ä'.repeat(length / 2), tags: { team: 'x'.repeat(64) } });
		t.strictSame([...Value.Errors(WebhookBody, large)], []);
		t.equal('result_omitted' in Object(large['data']), length > 16 * 1024, `${length} bytes`);
	}
	const files = bodyOfEnd({ type: 'release', result: { story_id: 'P-1', log_url: 'logs/secret/key' } });
	t.match(files['data'], { result: { log_url: /^\/v1\/tasks\/[0-9a-f-]+\/result\?file=log_url$/ } });
});
