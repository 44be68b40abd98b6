import type { Test } from 'tap';
import type { TaskStore } from '../../src/tasks/task-store.ts';
import { statusOrder } from '../../src/tasks/transition.ts';
import { exampleTask } from './example-task.ts';

/** What every task store does, whatever it keeps its rows in. Its retention is an hour. */
export async function taskStoreContract(t: Test, createStore: () => Promise<TaskStore>): Promise<void> {
	const task = exampleTask({
		tags: { team: 'billing' },
		data: { name: 'Ada', nested: [1, { deep: null }], 'odd key.$': '' },
	});
	const begun = { status: 'RUNNING', redriveCount: 0, startedAtMs: task.createdAtMs + 5 } as const;
	const done = {
		...begun,
		status: 'SUCCEEDED',
		stoppedAtMs: task.createdAtMs + 9,
		result: { deep: [null, 1.5, ''] },
	} as const;
	const failed = {
		...begun,
		status: 'FAILED',
		stoppedAtMs: task.createdAtMs + 9,
		error: { code: 'X', message: 'why' },
	} as const;

	await t.test('a task is read as it was created', async (t) => {
		const store = await createStore();
		t.equal(await store.get(task), undefined);
		t.equal(await store.create(task), 'created');
		t.strictSame(await store.get(task), task);
	});

	await t.test('a second creation changes nothing', async (t) => {
		const store = await createStore();
		await store.create(task);
		t.equal(await store.create({ ...task, type: 'other' }), 'exists');
		t.strictSame(await store.get(task), task);
	});

	await t.test('another principal’s task is not there', async (t) => {
		const store = await createStore();
		await store.create(task);
		const foreign = { ...task, principal: 'eve' };
		t.equal(await store.get(foreign), undefined);
		t.equal(await store.applyReport(foreign, begun), 'ignored');
		t.equal(await store.create(foreign), 'created');
		for (const [principal, taskId] of [
			['ada#', task.taskId],
			['ada', `#${task.taskId}`],
		] as const) {
			t.equal(await store.get({ principal, taskId }), undefined);
		}
	});

	await t.test('reports are applied in their order, whatever the order they come in', async (t) => {
		const store = await createStore();
		await store.create(task);
		t.equal(await store.applyReport(task, begun), 'applied');
		const { data, ...kept } = task;
		t.ok(data);
		t.strictSame(await store.get(task), {
			...kept,
			status: 'RUNNING',
			startedAtMs: begun.startedAtMs,
			updatedAtMs: begun.startedAtMs,
			statusOrder: statusOrder('RUNNING', 0),
			revision: 2,
		});
		t.equal(await store.applyReport(task, done), 'applied');
		t.equal(await store.applyReport(task, begun), 'ignored');
		t.equal(await store.applyReport(task, failed), 'ignored');
		t.match(await store.get(task), {
			status: 'SUCCEEDED',
			result: done.result,
			revision: 3,
			expiresAtSeconds: Math.floor(done.stoppedAtMs / 1000) + 3600,
		});
	});

	await t.test('a redrive takes the end away', async (t) => {
		const store = await createStore();
		await store.create(task);
		await store.applyReport(task, failed);
		t.match(await store.get(task), { status: 'FAILED', error: failed.error });
		t.equal(
			await store.applyReport(task, { ...begun, redriveCount: 1, redrivenAtMs: task.createdAtMs + 20 }),
			'applied',
		);
		const row = await store.get(task);
		t.match(row, { status: 'RUNNING', redriveCount: 1, updatedAtMs: task.createdAtMs + 20 });
		t.strictSame(
			Object.keys(Object(row)).filter((name) =>
				['finishedAtMs', 'expiresAtSeconds', 'error', 'result'].includes(name),
			),
			[],
		);
	});

	await t.test('a report never makes a row, nor touches another creation of the id', async (t) => {
		const store = await createStore();
		t.equal(await store.applyReport(task, done), 'ignored');
		t.equal(await store.get(task), undefined);
		await store.create(task);
		t.equal(await store.applyReport({ ...task, createdAtMs: task.createdAtMs - 1 }, done), 'ignored');
		t.strictSame(await store.get(task), task);
	});

	await t.test('progress is kept while the task runs, and touches nothing else', async (t) => {
		const store = await createStore();
		const beganAtMs = begun.startedAtMs;
		const half = { percent: 50, message: '5 of 10' };
		t.equal(await store.reportProgress(task, half, beganAtMs), 'ignored', 'no row');
		await store.create(task);
		t.equal(await store.reportProgress(task, half, beganAtMs), 'ignored', 'not begun');
		await store.applyReport(task, begun);
		const running = await store.get(task);
		t.equal(await store.reportProgress(task, half, beganAtMs + 10), 'applied');
		t.strictSame(await store.get(task), {
			...running,
			progress: half,
			progressAtMs: beganAtMs + 10,
			updatedAtMs: beganAtMs + 10,
			revision: 3,
		});
		const foreign = { ...task, principal: 'eve' };
		const earlier = { ...task, createdAtMs: task.createdAtMs - 1 };
		for (const other of [foreign, earlier])
			t.equal(await store.reportProgress(other, { ...half, percent: 99 }, beganAtMs + 5000), 'ignored');
		t.match(await store.get(task), { progress: half, revision: 3 });
	});

	await t.test('progress comes at most once a second and never falls', async (t) => {
		const store = await createStore();
		await store.create(task);
		await store.applyReport(task, begun);
		const report = (percent: number, afterMs: number) =>
			store.reportProgress(task, { percent, message: `${percent} %` }, begun.startedAtMs + afterMs);
		t.equal(await report(10, 0), 'applied');
		t.equal(await report(11, 999), 'ignored', 'too soon');
		t.equal(await report(12, 1000), 'applied');
		t.equal(await report(11, 5000), 'ignored', 'less than before');
		t.equal(await report(12, 5000), 'applied');
		t.match(await store.get(task), { progress: { percent: 12, message: '12 %' } });
	});

	await t.test('every report of the execution takes the progress away', async (t) => {
		const store = await createStore();
		await store.create(task);
		await store.applyReport(task, begun);
		await store.reportProgress(task, { percent: 90, message: 'nearly' }, begun.startedAtMs);
		await store.applyReport(task, failed);
		t.notOk(Object.keys(Object(await store.get(task))).some((name) => name.startsWith('progress')));
		const late = { percent: 95, message: 'late' };
		t.equal(await store.reportProgress(task, late, begun.startedAtMs + 9000), 'ignored', 'finished');
		await store.applyReport(task, { ...begun, redriveCount: 1, redrivenAtMs: task.createdAtMs + 20 });
		const again = { percent: 1, message: 'again' };
		t.equal(await store.reportProgress(task, again, task.createdAtMs + 30), 'applied', 'redriven');
	});
}
