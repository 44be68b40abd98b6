import { test } from 'tap';
import { type DeliveryKey, MAX_QUEUE_DELAY_MS, newDeliveries } from '../../src/tasks/deliveries.ts';
import { MAX_CONCURRENT_ATTEMPTS } from '../../src/tasks/delivery-slots.ts';
import { createDeliveryDispatcher } from '../../src/tasks/dispatch-deliveries.ts';
import { createWebhookManager, type WebhookSettings } from '../../src/tasks/manage-webhooks.ts';
import { createDeliverySender, RETRY_DELAYS_MS, type SendOutcome } from '../../src/tasks/send-delivery.ts';
import { createTaskId } from '../../src/tasks/task.ts';
import { createWebhookSecrets, PREVIOUS_SECRET_MS } from '../../src/tasks/webhook-secret.ts';
import { MAX_FAILING_MS, MAX_WEBHOOKS, selectWebhooks } from '../../src/tasks/webhooks.ts';
import { exampleTask } from '../support/example-task.ts';
import { createMemoryDeliverySlots } from '../support/memory-delivery-slots.ts';
import { createMemoryDeliveryStore } from '../support/memory-delivery-store.ts';
import { createMemoryTaskStore } from '../support/memory-task-store.ts';
import { createMemoryWebhookStore } from '../support/memory-webhook-store.ts';
import { createRecordingLog } from '../support/recording-log.ts';

const TASK = exampleTask();
const URL = 'https://example.com/hook';
const OK = { latencyMs: 5, statusCode: 200 };

/** Subscriptions, deliveries and the sender over stores in memory, with a clock that moves to the next message. */
function createWorld() {
	let nowMs = TASK.createdAtMs;
	const now = () => nowMs;
	const { log } = createRecordingLog();
	const deliveries = createMemoryDeliveryStore();
	const webhooks = createMemoryWebhookStore();
	const secrets = createWebhookSecrets({ readMasterKeys: async () => 'master', now });
	const messages: { readonly key: DeliveryKey; readonly atMs: number }[] = [];
	const queue = {
		async send(keys: readonly DeliveryKey[], delaySeconds = 0) {
			for (const key of keys) messages.push({ key, atMs: nowMs + delaySeconds * 1000 });
		},
	};
	const world = { answer: async (): Promise<SendOutcome> => OK, dead: 0, sent: [] as number[], id: 0 };
	const manager = createWebhookManager({
		webhooks,
		deliveries,
		secrets,
		queue,
		createId: (ms) =>
			createTaskId(ms, () => `00000000-0000-4000-8000-${String(world.id++).padStart(12, '0')}`),
		now,
		sleep: async () => undefined,
	});
	const slots = createMemoryDeliverySlots(now);
	const send = createDeliverySender({
		deliveries,
		slots,
		webhooks,
		secrets,
		queue,
		post: async ({ sentAtMs }) => {
			world.sent.push(sentAtMs);
			return world.answer();
		},
		bodyOf: () => '{}',
		now,
		random: () => 0.5,
		recordDead: () => void world.dead++,
	});
	const tasks = createMemoryTaskStore({
		retentionSeconds: 3600,
		now,
		deliveries,
		announce: (keys) => queue.send(keys),
	});
	const dispatch = createDeliveryDispatcher({ deliveries, queue, maxPerRun: 100, now, log });
	return Object.assign(world, {
		deliveries,
		slots,
		webhooks,
		secrets,
		messages,
		queue,
		manager,
		tasks,
		dispatch,
		now,
		send: (key: DeliveryKey) => send(key, log),
		advance: (ms: number) => (nowMs += ms),
		/** Handles all messages, and runs the dispatcher every minute, until nothing is pending. */
		async settle(minutes = 3 * 24 * 60) {
			for (let minute = 0; minute < minutes; minute++) {
				for (let next = messages.shift(); next !== undefined; next = messages.shift()) {
					nowMs = Math.max(nowMs, next.atMs);
					await send(next.key, log);
				}
				if (deliveries.all().every(({ status }) => status !== 'pending')) return;
				nowMs += 60_000;
				await dispatch();
			}
		},
		/** Creates a subscription, and a task that succeeds. */
		async succeed(settings: WebhookSettings = { url: URL }) {
			const outcome = await manager.create('ada', settings);
			if (outcome.kind !== 'created') throw new Error('not created');
			const { webhook } = outcome;
			const selected = selectWebhooks([webhook], { ...TASK, named: undefined });
			await tasks.create({ ...TASK, principal: 'ada', webhooks: selected ?? [] });
			await tasks.applyReport(
				{ ...TASK, principal: 'ada' },
				{
					status: 'SUCCEEDED',
					redriveCount: 0,
					startedAtMs: nowMs,
					stoppedAtMs: nowMs,
					result: { ok: true },
				},
			);
			return webhook;
		},
	});
}

test('an event is delivered once', async (t) => {
	const world = createWorld();
	const { webhookId } = await world.succeed();
	await world.settle();
	const [delivery] = world.deliveries.all();
	t.match(delivery, {
		webhookId,
		event: 'task.succeeded',
		status: 'delivered',
		attempts: [{ statusCode: 200 }],
	});
	if (delivery === undefined) return;
	t.equal(await world.send(delivery), 'ignored', 'a repeated message changes nothing');
	t.equal(world.sent.length, 1);
	await world.dispatch();
	t.strictSame(world.messages, [], 'an ended delivery is not queued again');
});

test('failed attempts follow the schedule, then the delivery is dead', async (t) => {
	const world = createWorld();
	await world.succeed();
	world.answer = async () => ({ latencyMs: 5, statusCode: 500, response: 'no' });
	await world.settle();
	const waits = world.sent.slice(1).map((ms, index) => ms - (world.sent[index] ?? 0));
	t.equal(waits.length, RETRY_DELAYS_MS.length);
	waits.forEach((wait, index) => {
		const planned = RETRY_DELAYS_MS[index] ?? 0;
		t.ok(wait >= planned && wait <= planned + 120_000, `wait ${index + 1}: ${wait} ms`);
	});
	t.match(world.deliveries.all(), [{ status: 'dead', deadReason: 'The last attempt failed.' }]);
	t.equal(world.dead, 1);
});

test('the jitter is at most a tenth, and no message is delayed beyond the limit', async (t) => {
	const world = createWorld();
	await world.succeed();
	world.answer = async () => ({ latencyMs: 5, error: 'No response within 15 s.', retryAfterMs: 170_000 });
	const [first] = world.messages.splice(0);
	if (first === undefined) throw new Error('no message');
	t.equal(await world.send(first.key), 'failed');
	const [retry] = world.messages.splice(0);
	t.equal((retry?.atMs ?? 0) - world.now(), 170_000, 'Retry-After is honoured');
	t.equal(await world.send(first.key), 'ignored', 'a message that is early changes nothing');
	world.advance(170_000);
	world.answer = async () => ({ latencyMs: 5, statusCode: 429, retryAfterMs: MAX_QUEUE_DELAY_MS + 1000 });
	t.equal(await world.send(first.key), 'failed');
	t.strictSame(world.messages, [], 'the dispatcher ends longer waits');
	world.advance(MAX_QUEUE_DELAY_MS + 1000);
	await world.dispatch();
	t.equal(world.messages.length, 1);
});

test('of two senders with the same message, one makes the attempt', async (t) => {
	const world = createWorld();
	await world.succeed();
	const [message] = world.messages.splice(0);
	if (message === undefined) throw new Error('no message');
	const release = Promise.withResolvers<SendOutcome>();
	const started = Promise.withResolvers<void>();
	world.answer = () => {
		started.resolve();
		return release.promise;
	};
	const sending = world.send(message.key);
	await started.promise;
	t.equal(await world.send(message.key), 'ignored');
	release.resolve(OK);
	t.equal(await sending, 'delivered');
	t.equal(world.sent.length, 1);
});

test('a webhook has a limited number of attempts at once, and none of them counts as a failure', async (t) => {
	const world = createWorld();
	const { webhookId } = await world.succeed();
	const [message] = world.messages.splice(0);
	if (message === undefined) throw new Error('no message');
	for (let slot = 0; slot < MAX_CONCURRENT_ATTEMPTS; slot++)
		t.ok(await world.slots.take({ principal: 'ada', webhookId, slot }, world.now() + 30_000));
	t.equal(await world.send(message.key), 'postponed');
	t.match(world.deliveries.all(), [{ status: 'pending', failures: 0, attempts: [] }]);
	t.equal(world.messages.length, 1);
	t.ok(await world.slots.take({ principal: 'ada', webhookId: 'other', slot: 0 }, world.now() + 1));
	await world.settle();
	t.match(world.deliveries.all(), [{ status: 'delivered' }], 'the slots of crashed senders are free again');
});

test('a delivery whose message is lost, or whose sender crashed, is queued again', async (t) => {
	const world = createWorld();
	await world.succeed();
	world.messages.splice(0);
	world.advance(60_000);
	await world.dispatch();
	const [message] = world.messages.splice(0);
	if (message === undefined) throw new Error('no message');
	world.answer = () => Promise.reject(new Error('crashed'));
	await t.rejects(world.send(message.key));
	world.answer = async () => OK;
	await world.settle();
	t.match(world.deliveries.all(), [{ status: 'delivered' }]);
});

test('410 disables the subscription, and a success clears its failures', async (t) => {
	const world = createWorld();
	const webhook = await world.succeed();
	world.answer = async () => ({ latencyMs: 5, statusCode: 410 });
	await world.settle();
	t.match(world.deliveries.all(), [{ status: 'dead', deadReason: 'The receiver answered 410 Gone.' }]);
	const key = { principal: 'ada', webhookId: webhook.webhookId };
	t.match(await world.manager.find(key), { disabled: { reason: 'gone' } });
	t.equal(world.dead, 0, 'which needs no operator');
	const test = await world.manager.test(key);
	await world.settle();
	if (test !== undefined)
		t.match(await world.deliveries.find(test), { status: 'dead', deadReason: 'The webhook is disabled.' });
	await world.manager.update(key, { enabled: true });
	t.notOk((await world.manager.find(key))?.disabled);
});

test('a subscription that fails for five days is disabled', async (t) => {
	const world = createWorld();
	const { webhookId } = await world.succeed();
	const key = { principal: 'ada', webhookId };
	world.answer = async () => ({ latencyMs: 5, statusCode: 500 });
	await world.settle();
	t.match(await world.manager.find(key), { failingSinceMs: Number, disabled: undefined });
	world.advance(MAX_FAILING_MS);
	await world.manager.test(key);
	await world.settle(1);
	t.match(await world.manager.find(key), { disabled: { reason: 'failing' } });
	world.answer = async () => OK;
	await world.manager.update(key, { enabled: true });
	t.notOk((await world.manager.find(key))?.failingSinceMs);
});

test('a replay sends the same id again and changes nothing else', async (t) => {
	const world = createWorld();
	await world.succeed();
	await world.settle();
	const [before] = world.deliveries.all();
	if (before === undefined) throw new Error('no delivery');
	t.match(await world.manager.replay(before), { kind: 'replayed', delivery: { status: 'pending' } });
	t.match(await world.manager.replay(before), { kind: 'pending' });
	await world.settle();
	const [after] = world.deliveries.all();
	t.equal(after?.attempts.length, 2);
	t.strictSame(
		[after?.deliveryId, after?.task, after?.event],
		[before.deliveryId, before.task, before.event],
	);
	t.match(await world.manager.replay({ ...before, principal: 'eve' }), { kind: 'notFound' });
});

test('the dispatcher serves webhooks by turns', async (t) => {
	const world = createWorld();
	const due = ['w1', 'w1', 'w1', 'w2'].map((webhookId, index) => ({
		principal: 'ada',
		webhookId,
		deliveryId: `d${index}`,
		checkAtMs: index,
	}));
	const queued: string[] = [];
	await createDeliveryDispatcher({
		deliveries: {
			...world.deliveries,
			findDue: async () => due,
			find: async (key) => ({ ...(await exampleDelivery()), ...key }),
			swap: async (before) => before,
		},
		queue: { send: async (keys) => void queued.push(...keys.map(({ deliveryId }) => deliveryId)) },
		maxPerRun: 2,
		now: () => 10,
		log: createRecordingLog().log,
	})();
	t.strictSame(queued, ['d0', 'd3']);
});

async function exampleDelivery() {
	const [delivery] = newDeliveries({ ...TASK, webhooks: [{ webhookId: 'w' }] }, 'task.succeeded', 0);
	if (delivery === undefined) throw new Error('no delivery');
	return delivery;
}

test('a principal has at most 20 subscriptions', async (t) => {
	const { manager } = createWorld();
	const outcomes: string[] = [];
	while (outcomes.length < MAX_WEBHOOKS + 6) {
		const together = Array.from({ length: 3 }, () => manager.create('ada', { url: URL }));
		outcomes.push(...(await Promise.all(together)).map(({ kind }) => kind));
	}
	t.equal(outcomes.filter((kind) => kind === 'created').length, MAX_WEBHOOKS);
	t.match(await manager.create('eve', { url: URL }), { kind: 'created' });
});

test('a task has the enabled subscriptions for its type, and the one that its request names', async (t) => {
	const base = { url: URL, createdAtMs: 0, updatedAtMs: 0, secretVersion: 1 };
	const all = [
		{ ...base, webhookId: 'all' },
		{ ...base, webhookId: 'greetings', types: ['greeting'], events: ['task.failed' as const] },
		{ ...base, webhookId: 'orders', types: ['order'] },
		{ ...base, webhookId: 'off', disabled: { atMs: 0, reason: 'client' as const } },
	];
	const select = (named?: Parameters<typeof selectWebhooks>[1]['named']) =>
		selectWebhooks(all, { taskId: 't1', type: 'greeting', named });
	const matching = [{ webhookId: 'all' }, { webhookId: 'greetings', events: ['task.failed'] }];
	t.strictSame(select(), matching);
	t.strictSame(select({ webhookId: 'all' }), matching, 'no webhook is named twice');
	t.strictSame(select({ webhookId: 'orders' }), [...matching, { webhookId: 'orders' }]);
	t.strictSame(select({ url: 'https://a.example/' }), [
		...matching,
		{ webhookId: 't1', url: 'https://a.example/' },
	]);
	for (const webhookId of ['off', 'unknown']) t.equal(select({ webhookId }), undefined);
});

test('each event, redrive and reset has a delivery of its own', async (t) => {
	const of = (members: object, event: 'task.failed' | 'task.waiting' = 'task.failed') =>
		newDeliveries({ ...TASK, webhooks: [{ webhookId: 'w' }], ...members }, event, 0)[0]?.deliveryId;
	t.equal(of({}), of({ updatedAtMs: 1, revision: 9 }), 'a repeated event has the same id');
	const ids = [
		of({}),
		of({}, 'task.waiting'),
		of({ redriveCount: 1 }),
		of({ resetCount: 1 }),
		of({ principal: 'x' }),
	];
	t.equal(new Set(ids).size, ids.length);
	const [large] = newDeliveries(
		{ ...TASK, webhooks: [{ webhookId: 'w' }], result: 'x'.repeat(20_000) },
		'task.succeeded',
		0,
	);
	t.match(large, { isResultOmitted: true, task: { result: undefined } });
});

test('a secret is derived, and after a rotation both sign for a day', async (t) => {
	let nowMs = 0;
	let master = 'one';
	const secrets = createWebhookSecrets({ readMasterKeys: async () => master, now: () => nowMs });
	const webhook = { webhookId: 'w', url: URL, createdAtMs: 0, updatedAtMs: 0, secretVersion: 1 };
	const first = await secrets.current('ada', webhook);
	t.match(first, /^whsec_[A-Za-z0-9+/]{43}=$/);
	t.equal(await secrets.current('ada', webhook), first);
	t.not(await secrets.current('eve', webhook), first);
	t.not(await secrets.current('ada'), first);
	const rotated = { ...webhook, secretVersion: 2, secretRotatedAtMs: nowMs };
	t.strictSame(await secrets.signing('ada', rotated), [await secrets.current('ada', rotated), first]);
	nowMs = PREVIOUS_SECRET_MS;
	t.strictSame(await secrets.signing('ada', rotated), [await secrets.current('ada', rotated)]);
	master = '{"current":"two","previous":"one"}';
	t.ok((await secrets.signing('ada', webhook)).includes(first), 'the previous master key signs too');
});
