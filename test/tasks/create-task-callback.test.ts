import { test } from 'tap';
import { type CallbackAnswer, changeCallback, createCallbackClaims } from '../../src/tasks/callbacks.ts';
import { createTaskCreator } from '../../src/tasks/create-task.ts';
import { createTaskId } from '../../src/tasks/task.ts';
import { createMemoryCallbackStore } from '../support/memory-callback-store.ts';
import { createMemoryClaimStore } from '../support/memory-claim-store.ts';
import { createMemoryTaskStore } from '../support/memory-task-store.ts';
import { createRecordingLog } from '../support/recording-log.ts';

const KEY = 'PROJ-1';
const ID = { principal: 'ada', callbackKey: KEY };
const ANSWER: CallbackAnswer = { status: 'success', answeredBy: { principal: 'ada' }, atMs: 0 };

function setup() {
	let nowMs = Date.UTC(2026, 0, 1);
	const now = () => nowMs++;
	const store = createMemoryTaskStore({ retentionSeconds: 3600, now });
	const callbacks = createMemoryCallbackStore();
	let failure: Error | undefined;
	/** Runs once, before the next row is written. */
	let beforeWrite: (() => Promise<void>) | undefined;
	const createTask = createTaskCreator({
		store: {
			get: (key) => store.get(key),
			create: async (task) => {
				const before = beforeWrite;
				beforeWrite = undefined;
				await before?.();
				if (failure !== undefined) throw failure;
				return store.create(task);
			},
		},
		publisher: { publish: async () => undefined },
		claims: createMemoryClaimStore(),
		limit: undefined,
		callbackClaims: createCallbackClaims({ callbacks, store, now }),
		findWebhooks: async () => [],
		now,
		createTaskId,
		log: createRecordingLog().log,
	});
	return {
		store,
		callbacks,
		failWith: (next: Error | undefined) => (failure = next),
		runBeforeWrite: (action: () => Promise<void>) => (beforeWrite = action),
		/** Stores an early answer, as the callback's route does. */
		answer: () =>
			changeCallback(callbacks, ID, (found) =>
				found === undefined
					? { outcome: undefined }
					: { next: { ...found, answer: ANSWER }, onceWritten: () => undefined },
			),
		create: (members: { principal?: string; idempotencyKey?: string; packages?: string } = {}) => {
			const { principal = 'ada', packages = 'web', ...rest } = members;
			return createTask({
				principal,
				type: 'release',
				data: { packages },
				tags: {},
				callback: { key: KEY, withinSeconds: 60 },
				...rest,
			});
		},
	};
}

test('a second open task with the callback key of its principal is a conflict', async (t) => {
	const { create, store, callbacks } = setup();
	const first = await create();
	if (first.kind !== 'accepted') throw new Error(first.kind);
	t.strictSame(await create(), { kind: 'callbackKeyInUse', callbackKey: KEY });
	t.match(await create({ principal: 'eve' }), { kind: 'accepted' });
	t.match(await callbacks.find({ principal: 'ada', callbackKey: KEY }), {
		taskId: first.task.taskId,
		request: { type: 'release', data: { packages: 'web' } },
	});
	const { createdAtMs } = first.task;
	await store.applyReport(first.task, {
		status: 'SUCCEEDED',
		redriveCount: 0,
		startedAtMs: createdAtMs,
		stoppedAtMs: createdAtMs,
	});
	t.match(await create(), { kind: 'accepted' }, 'after the end of the first task');
});

test('of concurrent tasks with the same callback key one is accepted', async (t) => {
	const { create } = setup();
	const kinds = (await Promise.all(Array.from({ length: 5 }, () => create()))).map(({ kind }) => kind);
	t.strictSame(kinds.toSorted(), ['accepted', ...Array(4).fill('callbackKeyInUse')]);
});

test('a replay is no conflict', async (t) => {
	const { create, callbacks } = setup();
	const keyed = { idempotencyKey: 'k' };
	const outcomes = await Promise.all([create(keyed), create(keyed), create(keyed)]);
	t.strictSame(outcomes.map(({ kind }) => kind).toSorted(), ['accepted', 'replayed', 'replayed']);
	t.match(await create(keyed), { kind: 'replayed' });
	t.match(await create({ ...keyed, packages: 'api' }), { kind: 'conflict' });
	const accepted = outcomes.find(({ kind }) => kind === 'accepted');
	if (accepted === undefined || !('task' in accepted)) throw new Error('no task');
	t.match(await callbacks.find({ principal: 'ada', callbackKey: KEY }), {
		createdAtMs: accepted.task.createdAtMs,
		closedAtMs: undefined,
	});
	t.match(await create(), { kind: 'callbackKeyInUse' });
});

test('an early answer survives the request that loses against one with the same idempotency key', async (t) => {
	const keyed = { idempotencyKey: 'k' };
	for (const end of ['replayed', 'failed'] as const) {
		const { create, callbacks, answer, runBeforeWrite, failWith } = setup();
		runBeforeWrite(async () => {
			t.match(await create(keyed), { kind: 'accepted' }, 'it shares the claim of the first request');
			await answer();
			if (end === 'failed') failWith(new Error('throttled'));
		});
		const first = create(keyed);
		if (end === 'failed') await t.rejects(first, { message: 'throttled' });
		else t.match(await first, { kind: 'replayed' });
		t.match(await callbacks.find(ID), { answer: ANSWER, closedAtMs: undefined }, end);
	}
});

test('a task that is not created releases its callback key', async (t) => {
	const { create, failWith } = setup();
	failWith(new Error('no row'));
	await t.rejects(create(), { message: 'no row' });
	failWith(undefined);
	t.match(await create(), { kind: 'accepted' });
});
