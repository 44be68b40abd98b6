import { test } from 'tap';
import { createTaskCreator } from '../../src/tasks/create-task.ts';
import { ServiceUnavailableError } from '../../src/tasks/service-unavailable.ts';
import { createTaskId } from '../../src/tasks/task.ts';
import type { TaskMessage } from '../../src/tasks/task-message.ts';
import { createMemoryClaimStore } from '../support/memory-claim-store.ts';
import { createMemoryTaskStore } from '../support/memory-task-store.ts';
import { createRecordingLog } from '../support/recording-log.ts';

/** JSON of so many bytes. */
const json = (bytes: number) => 'x'.repeat(bytes - 2);

function setup({ putClaim }: { putClaim?: () => Promise<void> } = {}) {
	let nowMs = Date.UTC(2026, 0, 1);
	const now = () => nowMs++;
	const store = createMemoryTaskStore({ retentionSeconds: 3600, now });
	const claims = new Map<string, string>();
	const published: TaskMessage[] = [];
	const createTask = createTaskCreator({
		store,
		publisher: { publish: async (message) => void published.push(message) },
		claims: { ...createMemoryClaimStore(claims), ...(putClaim === undefined ? {} : { put: putClaim }) },
		limit: undefined,
		callbackClaims: { claim: async () => 'claimed', release: async () => undefined },
		findWebhooks: async () => [],
		now,
		createTaskId,
		log: createRecordingLog().log,
	});
	const create = (bytes: number, more: object = {}) =>
		createTask({ principal: 'ada', type: 'large', data: json(bytes), tags: {}, ...more });
	return { store, claims, published, createTask, create, advance: (ms: number) => (nowMs += ms) };
}

test('data above a limit of a service behind the API is refused before anything is accepted', async (t) => {
	const { create, store, claims } = setup();
	t.match(await create(200 * 1024), { kind: 'accepted' });
	t.match(await create(200 * 1024 + 1), { kind: 'tooLarge' });
	t.equal((await store.list('ada', { limit: 10 })).tasks.length, 1);
	t.equal(claims.size, 0);
});

test('large data is replaced by a claim if its type allows it', async (t) => {
	const { create, store, claims, published } = setup();
	const outcome = await create(1024 * 1024, { largeData: true, idempotencyKey: 'k' });
	if (outcome.kind !== 'accepted') throw new Error(outcome.kind);
	const { task } = outcome;
	const key = `claims/${task.taskId}-${task.createdAtMs}/data.json`;
	t.strictSame(task.data, { $claim: key });
	t.match(await store.get(task), { data: { $claim: key } });
	t.match(published, [{ data: { $claim: key } }]);
	t.equal(claims.get(key), JSON.stringify(json(1024 * 1024)));
	t.match(await create(1024 * 1024, { largeData: true, idempotencyKey: 'k' }), { kind: 'replayed' });
	t.match(await create(1024 * 1024 + 1, { largeData: true, idempotencyKey: 'k' }), { kind: 'conflict' });
	t.match(await create(100, { largeData: true }), { kind: 'accepted', task: { data: json(100) } });
});

test('large data, which expires after 30 days, may wait 20 days for the start', async (t) => {
	const { create, claims } = setup();
	const large = (days: number) =>
		create(1024 * 1024, { largeData: true, start: { delaySeconds: days * 24 * 3600 } });
	t.match(await large(21), { kind: 'tooLargeToDelay' });
	t.equal(claims.size, 0);
	t.match(await large(20), { kind: 'accepted' });
});

test('data that cannot be stored is not accepted', async (t) => {
	const { create, store } = setup({ putClaim: async () => Promise.reject(new Error('SlowDown')) });
	await t.rejects(create(1024 * 1024, { largeData: true }), { message: 'SlowDown' });
	t.strictSame(await store.list('ada', { limit: 10 }), { tasks: [] });
});

test('a row that expires while its key is reused counts as absent', async (t) => {
	const { create, store, advance } = setup();
	const keyed = { idempotencyKey: 'k' };
	const first = await create(100, keyed);
	if (first.kind !== 'accepted') throw new Error(first.kind);
	await store.applyReport(first.task, {
		status: 'SUCCEEDED',
		redriveCount: 0,
		startedAtMs: first.task.createdAtMs,
		stoppedAtMs: first.task.createdAtMs,
	});
	const createRow = store.create.bind(store);
	store.create = async (task) => {
		store.create = createRow;
		const outcome = await createRow(task);
		advance(24 * 3600 * 1000);
		return outcome;
	};
	t.match(await create(100, keyed), { kind: 'accepted' });
});

test('data with a member named $claim is rejected', async (t) => {
	const { createTask, store } = setup();
	const data = { list: [{ $claim: 'claims/other/data.json' }] };
	t.strictSame(await createTask({ principal: 'ada', type: 'large', data, tags: {} }), {
		kind: 'reservedMember',
		path: ['list', 0, '$claim'],
	});
	t.strictSame(await store.list('ada', { limit: 10 }), { tasks: [] });
});

const TIMEOUT = new ServiceUnavailableError('DynamoDB', { retryAfterSeconds: 3 });

/** Applies the next write and loses its answer. */
function loseNextAnswer(store: ReturnType<typeof setup>['store']): void {
	const createRow = store.create.bind(store);
	store.create = async (task) => {
		store.create = createRow;
		await createRow(task);
		throw TIMEOUT;
	};
}

test('a write that was applied and whose answer was lost is an accepted task', async (t) => {
	for (const more of [{}, { idempotencyKey: 'k' }]) {
		const { create, store, published } = setup();
		loseNextAnswer(store);
		const outcome = await create(100, more);
		if (outcome.kind !== 'accepted') throw new Error(outcome.kind);
		t.match(await store.get(outcome.task), { createdAtMs: outcome.task.createdAtMs });
		t.match(published, [{ task: { task_id: outcome.task.taskId } }], 'and its message is published');
	}
});

test('after a failed write of a known key, the row distinguishes a replay from a conflict', async (t) => {
	const { create, store } = setup();
	await create(100, { idempotencyKey: 'k' });
	store.create = async () => Promise.reject(TIMEOUT);
	t.match(await create(100, { idempotencyKey: 'k' }), { kind: 'replayed' });
	t.match(await create(101, { idempotencyKey: 'k' }), { kind: 'conflict' });
});

test('a write that failed and left no row is an unavailable service', async (t) => {
	const { create, store, published } = setup();
	store.create = async () => Promise.reject(TIMEOUT);
	await t.rejects(create(100), TIMEOUT);
	t.strictSame(published, []);
});

test('a task may have been accepted if its row can neither be written nor read', async (t) => {
	const { create, store } = setup();
	loseNextAnswer(store);
	store.get = async () => Promise.reject(TIMEOUT);
	t.strictSame(await create(100), { kind: 'unconfirmed', retryAfterSeconds: 3 });
	store.create = async () => 'exists';
	t.strictSame(await create(100), { kind: 'unconfirmed', retryAfterSeconds: 3 });
	const unreadable = new Error('The row has an unexpected shape.');
	store.get = async () => Promise.reject(unreadable);
	await t.rejects(create(100), unreadable);
});

test('the row is written before its message, and only the request that wrote it publishes', async (t) => {
	const { create, store, published } = setup();
	const createRow = store.create.bind(store);
	const publishedBeforeRow: number[] = [];
	store.create = async (task) => {
		publishedBeforeRow.push(published.length);
		return createRow(task);
	};
	const keyed = { idempotencyKey: 'k' };
	t.match(await create(100, keyed), { kind: 'accepted' });
	t.match(await create(100, keyed), { kind: 'replayed' });
	t.strictSame(publishedBeforeRow, [0, 1]);
	t.equal(published.length, 1);
});
