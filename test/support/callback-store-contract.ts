import type { Test } from 'tap';
import type { CallbackStore } from '../../src/tasks/callbacks.ts';

/** The behaviour of every callback store. */
export async function callbackStoreContract(
	t: Test,
	createStore: () => Promise<CallbackStore>,
): Promise<void> {
	const id = { principal: 'ada', callbackKey: 'PROJ-1' };
	const callback = {
		...id,
		taskId: 'one',
		createdAtMs: 1,
		sinceMs: 2,
		deadlineAtMs: Date.UTC(2026, 0, 2),
		request: { type: 'release', data: { packages: ['web', null] }, isDataTruncated: false },
	};

	await t.test('a callback replaces the version that was read and no other', async (t) => {
		const store = await createStore();
		t.equal(await store.find(id), undefined);
		t.equal(await store.swap(undefined, callback), true);
		t.equal(await store.swap(undefined, { ...callback, taskId: 'two' }), false);
		const first = await store.find(id);
		t.strictSame(first, { ...callback, version: 1 });
		const answer = {
			status: 'success' as const,
			message: 'yes',
			output: { deep: [null] },
			answeredBy: { principal: 'ada', name: 'Ada L.' },
			atMs: 5,
		};
		const answered = {
			...callback,
			token: 'secret',
			redriveCount: 1,
			answer,
			deliveryFailedAtMs: 6,
			redeliveryStartedAtMs: 7,
			deliveredAtMs: 8,
			closedAtMs: 9,
		};
		t.equal(await store.swap(first, answered), true);
		t.equal(await store.swap(first, callback), false);
		t.strictSame(await store.find(id), { ...answered, version: 2 });
		t.equal(await store.find({ ...id, callbackKey: 'PROJ-2' }), undefined);
	});

	await t.test('each principal has its own keys, whatever characters they contain', async (t) => {
		const store = await createStore();
		const ids = [
			id,
			{ ...id, principal: 'Ada' },
			{ ...id, principal: 'ada#callbackKey_x' },
			{ ...id, callbackKey: 'proj-1' },
			{ principal: 'ada#', callbackKey: 'PROJ-1' },
		];
		for (const [index, each] of ids.entries())
			t.equal(await store.swap(undefined, { ...callback, ...each, taskId: `task-${index}` }), true);
		for (const [index, each] of ids.entries())
			t.match(await store.find(each), { ...each, taskId: `task-${index}` });
	});

	await t.test('of concurrent writes one succeeds', async (t) => {
		const store = await createStore();
		const writes = Array.from({ length: 10 }, (_, index) =>
			store.swap(undefined, { ...callback, taskId: `task-${index}` }),
		);
		const written = await Promise.all(writes);
		t.equal(written.filter(Boolean).length, 1);
		t.equal((await store.find(id))?.taskId, `task-${written.indexOf(true)}`);
	});
}
