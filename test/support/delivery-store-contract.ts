import type { Test } from 'tap';
import {
	type Delivery,
	type DeliveryStore,
	LOST_MESSAGE_MS,
	testDelivery,
} from '../../src/tasks/deliveries.ts';
import type { TaskStore } from '../../src/tasks/task-store.ts';
import { exampleTask } from './example-task.ts';

/** The stores of one table. */
export interface DeliveryStores {
	readonly tasks: TaskStore;
	readonly deliveries: DeliveryStore;
}

/** The contract of deliveries: those that the task store writes, and their own store. */
export async function deliveryStoreContract(
	t: Test,
	createStores: (now: () => number) => Promise<DeliveryStores>,
): Promise<void> {
	const task = exampleTask({ webhooks: [{ webhookId: 'w1' }, { webhookId: 'w2', events: ['task.failed'] }] });
	let nowMs = task.createdAtMs;
	const open = async () => {
		nowMs = task.createdAtMs;
		const stores = await createStores(() => nowMs);
		await stores.tasks.create(task);
		const events = async () => {
			const { deliveries } = await stores.deliveries.listOfTask(task, { limit: 50 });
			return deliveries.map(({ webhookId, event }) => `${webhookId} ${event}`).toSorted();
		};
		return { ...stores, events };
	};
	const begun = { status: 'RUNNING', redriveCount: 0, startedAtMs: task.createdAtMs + 5 } as const;
	const done = {
		...begun,
		status: 'SUCCEEDED',
		stoppedAtMs: task.createdAtMs + 9,
		result: { ok: 1 },
	} as const;
	const failed = {
		...begun,
		status: 'FAILED',
		stoppedAtMs: task.createdAtMs + 9,
		error: { code: 'X', message: 'why' },
	} as const;

	await t.test('an end is written together with its deliveries, once', async (t) => {
		const { tasks, deliveries, events } = await open();
		await tasks.applyReport(task, begun);
		t.strictSame(await events(), [], 'a start is no event');
		const row = await tasks.applyReport(task, done);
		t.strictSame(await tasks.get(task), row, 'the returned row is the stored one');
		t.equal(await tasks.applyReport(task, done), undefined);
		t.strictSame(await events(), ['w1 task.succeeded'], 'w2 wants failures only');
		const { deliveries: found } = await deliveries.listOfTask(task, { limit: 50 });
		t.match(found, [{ task: { status: 'SUCCEEDED', result: { ok: 1 }, revision: row?.revision } }]);
		t.notOk('data' in Object(found[0]?.task));
	});

	await t.test('concurrent reports and other writes lead to one delivery', async (t) => {
		const { tasks, events } = await open();
		await tasks.applyReport(task, begun);
		const outcomes = await Promise.all([
			...Array.from({ length: 4 }, () => tasks.applyReport(task, failed)),
			tasks.requestCancel({ ...task, redriveCount: 0 }, nowMs),
			tasks.setWaitingFor(task, undefined),
		]);
		t.equal(outcomes.slice(0, 4).filter((row) => row !== undefined).length, 1);
		t.strictSame(await events(), ['w1 task.failed', 'w2 task.failed']);
	});

	await t.test('an inferred end and the real one of the same status have one delivery', async (t) => {
		const { tasks, events } = await open();
		t.ok(await tasks.applyReport(task, { ...failed, isInferred: true }));
		t.ok(await tasks.applyReport(task, failed));
		t.strictSame(await events(), ['w1 task.failed', 'w2 task.failed']);
	});

	await t.test('each redrive and each reset has deliveries of its own', async (t) => {
		const { tasks, events } = await open();
		const row = await tasks.applyReport(task, { ...failed, isInferred: true });
		if (row === undefined) throw new Error('not applied');
		t.ok(await tasks.resetToPending(row, { updatedAtMs: nowMs, checkAtMs: nowMs + 60_000 }));
		await tasks.applyReport(task, failed);
		await tasks.applyReport(task, { ...failed, redriveCount: 1, redrivenAtMs: task.createdAtMs + 20 });
		t.equal((await events()).filter((event) => event === 'w1 task.failed').length, 3);
	});

	await t.test('a wait has a delivery, and its end has none', async (t) => {
		const { tasks, events } = await open();
		await tasks.applyReport(task, begun);
		const waitingFor = { callbackKey: 'K-1', sinceMs: nowMs + 6, expiresAtMs: nowMs + 1000 };
		await tasks.setWaitingFor(task, waitingFor);
		await tasks.setWaitingFor(task, waitingFor);
		t.match(await tasks.get(task), { waitingFor });
		await tasks.setWaitingFor(task, undefined);
		t.strictSame(await events(), ['w1 task.waiting']);
		await tasks.applyReport(task, done);
		await tasks.setWaitingFor(task, waitingFor);
		t.strictSame(await events(), ['w1 task.succeeded', 'w1 task.waiting'], 'an ended task does not wait');
	});

	await t.test('an event of another creation, or of a missing task, has no delivery', async (t) => {
		const { tasks, events } = await open();
		t.equal(await tasks.applyReport({ ...task, createdAtMs: 1 }, done), undefined);
		t.equal(await tasks.applyReport({ ...task, principal: 'eve' }, done), undefined);
		t.strictSame(await events(), []);
	});

	await t.test('a delivery is written if it has not changed since it was read', async (t) => {
		const { deliveries } = await open();
		const key = { principal: 'ada', webhookId: 'w1', deliveryId: 'd1' };
		const first = await deliveries.swap(undefined, testDelivery(key, nowMs));
		t.strictSame(await deliveries.find(key), first);
		t.equal(await deliveries.swap(undefined, testDelivery(key, nowMs)), undefined);
		if (first === undefined) return;
		const attempt = { atMs: nowMs, latencyMs: 3, statusCode: 500, response: 'no' };
		const second = await deliveries.swap(first, { ...first, attempts: [attempt], failures: 1 });
		t.strictSame(await deliveries.find(key), second);
		t.equal(await deliveries.swap(first, first), undefined);
		t.equal(await deliveries.find({ ...key, principal: 'eve' }), undefined);
	});

	await t.test('due deliveries are found, and no tasks among them', async (t) => {
		const { tasks, deliveries } = await open();
		await tasks.applyReport(task, failed);
		const dueAtMs = nowMs + LOST_MESSAGE_MS;
		const due = await deliveries.findDue(dueAtMs);
		t.strictSame(due.map(({ webhookId }) => webhookId).toSorted(), ['w1', 'w2']);
		t.match(await tasks.findDueTasks(dueAtMs + 1e9), { tasks: [] });
		const [first] = due;
		const delivery = first && (await deliveries.find(first));
		if (delivery === undefined) throw new Error('not found');
		const { checkAtMs: _, nextAttemptAtMs: __, ...ended } = delivery;
		await deliveries.swap(delivery, { ...ended, status: 'delivered' });
		t.equal((await deliveries.findDue(dueAtMs)).length, 1);
	});

	await t.test('deliveries are listed in pages', async (t) => {
		const { deliveries } = await open();
		const webhook = { principal: 'ada', webhookId: 'w9' };
		const ids = ['d1', 'd2', 'd3', 'd4', 'd5'];
		for (const deliveryId of ids)
			await deliveries.swap(undefined, testDelivery({ ...webhook, deliveryId }, nowMs));
		const listed: Delivery[] = [];
		for (let after: string | undefined, pages = 0; pages < 5; pages++) {
			const page = await deliveries.listOfWebhook(webhook, {
				limit: 2,
				...(after === undefined ? {} : { after }),
			});
			listed.push(...page.deliveries);
			if (page.next === undefined) break;
			after = page.next;
		}
		t.strictSame(
			listed.map(({ deliveryId }) => deliveryId),
			ids.toReversed(),
		);
		t.strictSame(await deliveries.listOfWebhook({ ...webhook, principal: 'eve' }, { limit: 2 }), {
			deliveries: [],
		});
	});
}
