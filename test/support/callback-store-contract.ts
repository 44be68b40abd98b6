import type { Test } from 'tap';
import type { CallbackStore } from '../../src/tasks/callback-store.ts';

/** What every callback store does. */
export async function callbackStoreContract(
	t: Test,
	createStore: () => Promise<CallbackStore>,
): Promise<void> {
	const callback = {
		callbackKey: 'PROJ-1',
		principal: 'ada',
		taskId: 'one',
		createdAtMs: 1,
		deadlineAtMs: Date.UTC(2026, 0, 2),
	};

	await t.test('a callback is written over what was read, and over nothing else', async (t) => {
		const store = await createStore();
		t.equal(await store.find('PROJ-1'), undefined);
		t.equal(await store.swap(undefined, callback), true);
		t.equal(await store.swap(undefined, { ...callback, taskId: 'two' }), false);
		const first = await store.find('PROJ-1');
		t.strictSame(first, { ...callback, version: 1 });
		const answer = { status: 'success' as const, message: 'yes', output: { deep: [null] }, atMs: 5 };
		t.equal(await store.swap(first, { ...callback, token: 'secret', answer }), true);
		t.equal(await store.swap(first, callback), false);
		t.strictSame(await store.find('PROJ-1'), { ...callback, token: 'secret', answer, version: 2 });
		t.equal(await store.find('PROJ-2'), undefined);
	});

	await t.test('of many at the same moment one is written', async (t) => {
		const store = await createStore();
		const writes = Array.from({ length: 10 }, (_, index) =>
			store.swap(undefined, { ...callback, taskId: `task-${index}` }),
		);
		const written = await Promise.all(writes);
		t.equal(written.filter(Boolean).length, 1);
		t.equal((await store.find('PROJ-1'))?.taskId, `task-${written.indexOf(true)}`);
	});
}
