import { test } from 'tap';
import { UNLIMITED } from '../../src/tasks/acceptance-limit.ts';
import { createCallbackClaims } from '../../src/tasks/callbacks.ts';
import { createTaskCreator } from '../../src/tasks/create-task.ts';
import { createTaskId } from '../../src/tasks/task.ts';
import { createMemoryCallbackStore } from '../support/memory-callback-store.ts';
import { createMemoryClaimStore } from '../support/memory-claim-store.ts';
import { createMemoryTaskStore } from '../support/memory-task-store.ts';
import { createRecordingLog } from '../support/recording-log.ts';

const KEY = 'PROJ-1';

function setup() {
	let nowMs = Date.UTC(2026, 0, 1);
	const now = () => nowMs++;
	const store = createMemoryTaskStore({ retentionSeconds: 3600, now });
	const callbacks = createMemoryCallbackStore();
	let failure: Error | undefined;
	const createTask = createTaskCreator({
		store: {
			get: (key) => store.get(key),
			create: async (task) => {
				if (failure !== undefined) throw failure;
				return store.create(task);
			},
		},
		publisher: { publish: async () => undefined },
		claims: createMemoryClaimStore(),
		limit: UNLIMITED,
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

test('a task that is not created releases its callback key', async (t) => {
	const { create, failWith } = setup();
	failWith(new Error('no row'));
	await t.rejects(create(), { message: 'no row' });
	failWith(undefined);
	t.match(await create(), { kind: 'accepted' });
});
