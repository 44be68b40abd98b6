import type { Test } from 'tap';
import {
	compareNewestFirst,
	MAX_PAGE_BYTES,
	type TaskPosition,
	type TaskQuery,
} from '../../src/tasks/task-list.ts';
import type { TaskStore } from '../../src/tasks/task-store.ts';
import { statusOrder } from '../../src/tasks/transition.ts';
import { exampleTask } from './example-task.ts';

/** The contract of every task store. Its retention is an hour. */
export async function taskStoreContract(
	t: Test,
	createStore: (now: () => number) => Promise<TaskStore>,
): Promise<void> {
	let nowMs = 0;
	const open = () => {
		nowMs = task.createdAtMs;
		return createStore(() => nowMs);
	};
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

	const pendingAt = (updatedAtMs: number) => ({ updatedAtMs, checkAtMs: updatedAtMs + 60_000 });

	await t.test('a task is read as it was created', async (t) => {
		const store = await open();
		t.equal(await store.get(task), undefined);
		t.equal(await store.create(task), 'created');
		t.strictSame(await store.get(task), task);
	});

	await t.test('a list selects the tasks that wait for the time of their start', async (t) => {
		const store = await open();
		const later = { ...task, taskId: task.taskId.replace(/1$/, '2'), runAtMs: nowMs + 5000 };
		await store.create(task);
		await store.create(later);
		t.strictSame(await store.get(later), later);
		const list = async (isScheduled: boolean) =>
			(await store.list(task.principal, { limit: 10, isScheduled })).tasks.map(({ taskId }) => taskId);
		t.strictSame(await list(true), [later.taskId]);
		t.strictSame(await list(false), [task.taskId]);
		nowMs += 5000;
		t.strictSame(await list(true), []);
	});

	await t.test('a second creation changes nothing', async (t) => {
		const store = await open();
		await store.create(task);
		t.equal(await store.create({ ...task, type: 'other' }), 'exists');
		t.strictSame(await store.get(task), task);
	});

	await t.test('the task of another principal is absent', async (t) => {
		const store = await open();
		await store.create(task);
		const foreign = { ...task, principal: 'eve' };
		t.equal(await store.get(foreign), undefined);
		t.equal(await store.applyReport(foreign, begun), undefined);
		t.equal(await store.create(foreign), 'created');
		for (const [principal, taskId] of [
			['ada#', task.taskId],
			['ada', `#${task.taskId}`],
		] as const) {
			t.equal(await store.get({ principal, taskId }), undefined);
		}
	});

	await t.test('reports are applied by rank, in any order of arrival', async (t) => {
		const store = await open();
		await store.create(task);
		t.match(await store.applyReport(task, begun), { status: 'RUNNING' });
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
		t.strictSame(await store.applyReport(task, done), await store.get(task));
		t.equal(await store.applyReport(task, begun), undefined);
		t.equal(await store.applyReport(task, failed), undefined);
		t.match(await store.get(task), {
			status: 'SUCCEEDED',
			result: done.result,
			revision: 3,
			expiresAtSeconds: Math.floor(done.stoppedAtMs / 1000) + 3600,
		});
	});

	await t.test('a redrive clears the terminal status', async (t) => {
		const store = await open();
		await store.create(task);
		await store.applyReport(task, failed);
		t.match(await store.get(task), { status: 'FAILED', error: failed.error });
		await store.applyReport(task, { ...begun, redriveCount: 1, redrivenAtMs: task.createdAtMs + 20 });
		const row = await store.get(task);
		t.match(row, { status: 'RUNNING', redriveCount: 1, updatedAtMs: task.createdAtMs + 20 });
		t.strictSame(
			Object.keys(Object(row)).filter((name) =>
				['finishedAtMs', 'expiresAtSeconds', 'error', 'result'].includes(name),
			),
			[],
		);
	});

	await t.test('a report never creates a row, nor changes another creation of the id', async (t) => {
		const store = await open();
		t.equal(await store.applyReport(task, done), undefined);
		t.equal(await store.get(task), undefined);
		await store.create(task);
		t.equal(await store.applyReport({ ...task, createdAtMs: task.createdAtMs - 1 }, done), undefined);
		t.strictSame(await store.get(task), task);
	});

	const expiresAtMs = Math.floor(done.stoppedAtMs / 1000) * 1000 + 3_600_000;

	await t.test(
		'an expired row counts as absent: its id can be used again, and no report brings it back',
		async (t) => {
			const store = await open();
			await store.create(task);
			await store.applyReport(task, failed);
			nowMs = expiresAtMs - 1;
			t.equal(await store.create(task), 'exists');
			nowMs = expiresAtMs;
			t.equal(await store.applyReport(task, { ...begun, redriveCount: 1, redrivenAtMs: nowMs }), undefined);
			const again = { ...task, createdAtMs: nowMs, updatedAtMs: nowMs };
			t.equal(await store.create(again), 'created');
			t.strictSame(await store.get(task), again);
		},
	);

	await t.test('a task with an idempotency key is kept for a day from its creation', async (t) => {
		const store = await open();
		const keyed = { ...task, taskId: '01932f4e-6f00-8000-8000-000000000001', fingerprint: 'x' };
		await store.create(keyed);
		t.match(await store.applyReport(keyed, done), {
			fingerprint: 'x',
			expiresAtSeconds: task.createdAtMs / 1000 + 24 * 3600,
		});
	});

	await t.test('a cancel is stored while the task is open', async (t) => {
		const store = await open();
		t.equal(await store.requestCancel(task, nowMs), undefined);
		await store.create(task);
		const noted = await store.requestCancel(task, nowMs + 1);
		t.match(noted, {
			cancelRequestedAtMs: nowMs + 1,
			cancelRequestedRedrive: 0,
			status: 'PENDING',
			revision: 2,
		});
		t.strictSame(await store.get(task), noted);
		t.equal(await store.requestCancel({ ...task, createdAtMs: 1 }, nowMs), undefined);
		t.match(await store.applyReport(task, begun), { cancelRequestedAtMs: nowMs + 1 });
		await store.applyReport(task, failed);
		t.equal(await store.requestCancel(task, nowMs), undefined);
		await store.applyReport(task, { ...begun, redriveCount: 1, redrivenAtMs: nowMs });
		t.equal(await store.requestCancel(task, nowMs), undefined, 'it was read before its redrive');
	});

	await t.test('waiting_for is shown until the task is answered or ends', async (t) => {
		const store = await open();
		const waitingFor = { callbackKey: 'PROJ-1', sinceMs: 1, expiresAtMs: 2 };
		await store.setWaitingFor(task, waitingFor);
		t.equal(await store.get(task), undefined);
		await store.create(task);
		await store.setWaitingFor({ ...task, createdAtMs: 1 }, waitingFor);
		t.strictSame(await store.get(task), task);
		await store.setWaitingFor(task, waitingFor);
		t.match(await store.applyReport(task, begun), { waitingFor, revision: 3 });
		await store.setWaitingFor(task, undefined);
		await store.setWaitingFor(task, undefined);
		t.match(await store.get(task), { waitingFor: undefined, revision: 4 });
		await store.setWaitingFor(task, waitingFor);
		t.match(await store.applyReport(task, done), { waitingFor: undefined });
		await store.setWaitingFor(task, waitingFor);
		t.match(await store.get(task), { status: 'SUCCEEDED', waitingFor: undefined });
	});

	await t.test('a cancel schedules a check within a minute', async (t) => {
		const store = await open();
		await store.create({ ...task, checkAtMs: task.createdAtMs + 900_000 });
		const atMs = task.createdAtMs + 10;
		t.match(await store.requestCancel(task, atMs), { cancelRequestedAtMs: atMs, checkAtMs: atMs + 60_000 });
		t.match(await store.findDueTasks(atMs + 60_000), { tasks: [{ taskId: task.taskId }] });
	});

	await t.test('a finished task that never started can be made pending again', async (t) => {
		const store = await open();
		await store.create(task);
		await store.requestCancel(task, task.createdAtMs);
		const ended = await store.applyReport(task, { ...failed, isInferred: true });
		if (ended === undefined) throw new Error('not applied');
		t.strictSame(ended.data, task.data, 'an inferred end keeps the data');
		const atMs = task.createdAtMs + 5000;
		for (const other of [
			{ ...ended, createdAtMs: 1 },
			{ ...ended, statusOrder: ended.statusOrder + 1 },
			{ ...ended, taskId: task.taskId.replace(/1$/, '4') },
		])
			t.equal(await store.resetToPending(other, pendingAt(atMs)), undefined);
		const { revision, ...created } = task;
		const pending = {
			...created,
			updatedAtMs: atMs,
			checkAtMs: atMs + 60_000,
			revision: revision + 3,
			resetCount: 1,
		};
		t.strictSame(await store.resetToPending(ended, pendingAt(atMs)), pending);
		t.strictSame(await store.get(task), pending);
		t.match(await store.findDueTasks(atMs + 60_000), { tasks: [{ taskId: task.taskId }] });
		t.match(await store.applyReport(task, begun), { status: 'RUNNING' });
	});

	await t.test('a finished task that started, or has expired, is not made pending again', async (t) => {
		const store = await open();
		await store.create(task);
		const ended = await store.applyReport(task, failed);
		if (ended === undefined) throw new Error('not applied');
		t.equal(await store.resetToPending(ended, pendingAt(nowMs)), undefined, 'it has no data');
		const second = { ...task, taskId: task.taskId.replace(/1$/, '3') };
		await store.create(second);
		const inferred = await store.applyReport(second, { ...failed, isInferred: true });
		if (inferred === undefined) throw new Error('not applied');
		nowMs = expiresAtMs;
		t.equal(await store.resetToPending(inferred, pendingAt(nowMs)), undefined, 'it has expired');
	});

	await t.test('an open task is due at its check time until it ends', async (t) => {
		const store = await open();
		const due = async (nowMs: number) => (await store.findDueTasks(nowMs)).tasks.map(({ taskId }) => taskId);
		const watched = { ...task, checkAtMs: task.createdAtMs + 60_000 };
		await store.create(watched);
		const { principal, taskId, checkAtMs } = watched;
		t.strictSame(await due(checkAtMs - 1), []);
		t.strictSame(await store.findDueTasks(checkAtMs), {
			tasks: [{ principal, taskId, checkAtMs }],
			errors: [],
		});
		await store.applyReport(task, begun);
		t.strictSame(await due(checkAtMs), [taskId]);
		await store.scheduleCheck(task, checkAtMs + 5000);
		t.strictSame(await due(checkAtMs), []);
		t.strictSame(await due(checkAtMs + 5000), [taskId]);
		await store.applyReport(task, failed);
		const ended = await store.get(task);
		await store.scheduleCheck(task, checkAtMs);
		t.strictSame(await store.get(task), ended, 'it has ended');
		t.strictSame(await due(checkAtMs + 1e9), []);
		await store.applyReport(task, { ...begun, redriveCount: 1, redrivenAtMs: checkAtMs });
		t.strictSame(await due(checkAtMs + 60_000), [taskId], 'it runs again');
		t.match(await store.get(task), { checkAtMs: checkAtMs + 60_000 });
	});

	await t.test('a finished task is kept for its redrive, unless it has expired', async (t) => {
		const store = await open();
		await store.create(task);
		const row = await store.applyReport(task, failed);
		if (row === undefined) throw new Error('not applied');
		const times = { expiresAtSeconds: expiresAtMs / 1000 + 900, checkAtMs: nowMs + 60_000 };
		t.equal(await store.extendForRedrive({ ...row, statusOrder: 1 }, times), false);
		t.equal(await store.extendForRedrive({ ...row, createdAtMs: 1 }, times), false);
		t.equal(await store.extendForRedrive(row, times), true);
		t.match(await store.get(task), { ...times, status: 'FAILED', revision: 3 });
		t.match(await store.findDueTasks(times.checkAtMs), { tasks: [{ taskId: task.taskId }] });
		nowMs = times.expiresAtSeconds * 1000;
		t.equal(await store.extendForRedrive(row, times), false);
		const another = task.taskId.replace(/1$/, '2');
		t.equal(await store.extendForRedrive({ ...row, taskId: another }, times), false);
	});

	await t.test('a task that never started returns to PENDING, unless its row has changed', async (t) => {
		const store = await open();
		const atMs = nowMs + 5;
		t.equal(await store.resetToPending(task, pendingAt(atMs)), undefined, 'no row');
		await store.create(task);
		const row = await store.applyReport(task, { ...failed, isInferred: true });
		if (row === undefined) throw new Error('not applied');
		t.strictSame(row.data, task.data, 'an inferred end keeps the data');
		t.equal(await store.resetToPending({ ...row, createdAtMs: 1 }, pendingAt(atMs)), undefined);
		t.equal(await store.resetToPending({ ...row, statusOrder: 1 }, pendingAt(atMs)), undefined);
		const reset = await store.resetToPending(row, pendingAt(atMs));
		t.strictSame(reset, { ...task, updatedAtMs: atMs, checkAtMs: atMs + 60_000, revision: 3, resetCount: 1 });
		t.strictSame(await store.get(task), reset);
		await store.applyReport(task, begun);
		t.notOk('data' in Object(await store.get(task)), 'an execution has the data');
		const ended = await store.applyReport(task, failed);
		if (ended === undefined) throw new Error('not applied');
		t.equal(await store.resetToPending(ended, pendingAt(atMs)), undefined, 'its data is gone');
	});

	await t.test('a confirmed end is settled, unless the row has changed meanwhile', async (t) => {
		const store = await open();
		await store.create(task);
		const row = await store.applyReport(task, failed);
		if (row === undefined) throw new Error('not applied');
		const times = { expiresAtSeconds: expiresAtMs / 1000, checkAtMs: nowMs + 60_000 };
		await store.extendForRedrive(row, times);
		const { checkAtMs } = times;
		const isDue = async () => (await store.findDueTasks(checkAtMs)).tasks.length === 1;
		await store.cancelCheck({ ...row, checkAtMs: checkAtMs - 1 });
		await store.cancelCheck({ ...row, checkAtMs, statusOrder: row.statusOrder + 1 });
		await store.cancelCheck({ ...row, checkAtMs, createdAtMs: 1 });
		await store.cancelCheck({ ...row, checkAtMs, taskId: 'other' });
		t.ok(await isDue());
		await store.cancelCheck({ ...row, checkAtMs });
		t.notOk(await isDue());
		t.notOk(Object.hasOwn(Object(await store.get(task)), 'checkAtMs'));
	});

	await t.test(
		'an inferred end gives way to what Step Functions says of an end, and to nothing less',
		async (t) => {
			const store = await open();
			await store.create(task);
			const inferred = { ...failed, isInferred: true };
			t.match(await store.applyReport(task, inferred), {
				status: 'FAILED',
				expiresAtSeconds: expiresAtMs / 1000,
				checkAtMs: failed.stoppedAtMs + 60_000,
			});
			t.match(await store.findDueTasks(failed.stoppedAtMs + 60_000), { tasks: [{ taskId: task.taskId }] });
			t.equal(await store.requestCancel(task, nowMs), undefined, 'it has ended');
			t.equal(await store.applyReport(task, begun), undefined);
			t.equal(await store.applyReport(task, inferred), undefined);
			const row = await store.applyReport(task, done);
			t.match(row, { status: 'SUCCEEDED', result: done.result });
			t.notOk(Object.hasOwn(Object(row), 'error'));
			t.notOk(Object.hasOwn(Object(row), 'checkAtMs'));
			t.equal(await store.applyReport(task, inferred), undefined);
		},
	);

	await t.test('a list is read page by page, newest first, with neither gap nor repetition', async (t) => {
		const store = await open();
		const rows = Array.from({ length: 250 }, (_, index) =>
			exampleTask({
				taskId: `01932f4e-6f00-7000-8000-${(index * 7919).toString(16).padStart(12, '0')}`,
				// Three of each moment.
				createdAtMs: task.createdAtMs + Math.floor(index / 3),
				tags: index % 2 === 0 ? { even: 'yes' } : {},
				type: index % 50 === 0 ? 'order' : 'greeting',
			}),
		);
		await Promise.all(rows.map((row) => store.create(row)));
		await store.create({ ...task, principal: 'eve' });
		const all = async (query: Omit<TaskQuery, 'limit' | 'after'>, limit: number) => {
			const ids: string[] = [];
			for (let after: TaskPosition | undefined; ; ) {
				const page = await store.list('ada', { ...query, limit, ...(after === undefined ? {} : { after }) });
				t.ok(page.tasks.length <= limit);
				ids.push(...page.tasks.map(({ taskId }) => taskId));
				if (page.next === undefined) return ids;
				after = page.next;
			}
		};
		const expected = rows.toSorted(compareNewestFirst);
		const idsOf = (wanted: (row: (typeof rows)[number]) => boolean) =>
			expected.filter(wanted).map(({ taskId }) => taskId);
		t.strictSame(
			await all({}, 100),
			idsOf(() => true),
		);
		t.strictSame(
			await all({}, 7),
			idsOf(() => true),
		);
		t.strictSame(
			await all({ tag: { key: 'even', value: 'yes' }, type: 'order' }, 2),
			idsOf(({ type }) => type === 'order'),
		);
		t.strictSame(await all({ status: 'FAILED' }, 10), []);
		t.strictSame(
			await all({ createdAfterMs: task.createdAtMs + 10, createdBeforeMs: task.createdAtMs + 13 }, 4),
			idsOf(
				({ createdAtMs }) => createdAtMs === task.createdAtMs + 11 || createdAtMs === task.createdAtMs + 12,
			),
		);
	});

	await t.test('a list shows neither data nor result', async (t) => {
		const store = await open();
		const other = { ...task, taskId: task.taskId.replace(/1$/, '2') };
		await store.create({ ...task, traceparent: 'trace', fingerprint: 'hash' });
		await store.create(other);
		await store.applyReport(other, done);
		for (const listed of (await store.list('ada', { limit: 10 })).tasks) {
			const {
				data: _,
				result: _r,
				traceparent: _t,
				fingerprint: _f,
				...shown
			} = (await store.get(listed)) ?? task;
			t.strictSame(listed, shown);
		}
	});

	await t.test('a page of large tasks ends early, and the next one continues', async (t) => {
		const store = await open();
		const message = 'x'.repeat(30_000);
		const rows = Array.from({ length: 100 }, (_, index) =>
			exampleTask({
				taskId: `01932f4e-6f00-7000-8000-${String(index).padStart(12, '0')}`,
				createdAtMs: task.createdAtMs + index,
				error: { code: 'Large', message },
			}),
		);
		await Promise.all(rows.map((row) => store.create(row)));
		const ids: string[] = [];
		for (let after: TaskPosition | undefined, pages = 0; pages < 10; pages++) {
			const page = await store.list('ada', { limit: 100, ...(after === undefined ? {} : { after }) });
			t.ok(page.tasks.length > 0);
			t.ok(Buffer.byteLength(JSON.stringify(page.tasks)) <= MAX_PAGE_BYTES + 200);
			ids.push(...page.tasks.map(({ taskId }) => taskId));
			after = page.next;
			if (after === undefined) break;
			t.ok(page.tasks.length < 100);
		}
		t.strictSame(ids, rows.map(({ taskId }) => taskId).toReversed());
	});

	await t.test('pending tasks of 84 KB are listed', async (t) => {
		const store = await open();
		const rows = Array.from({ length: 60 }, (_, index) =>
			exampleTask({
				taskId: `01932f4e-6f00-7000-8000-${String(index).padStart(12, '0')}`,
				data: 'x'.repeat(84_000),
			}),
		);
		await Promise.all(rows.map((row) => store.create(row)));
		t.equal((await store.list('ada', { limit: 100 })).tasks.length, 60);
	});

	await t.test('principals that differ in case or contain delimiters never see each other', async (t) => {
		const store = await open();
		const principals = [
			'Ada',
			'ada',
			'a',
			'a#b',
			'a#b#c',
			'ada#shard_1',
			'ada#taskId_x',
			'auth0|5f7',
			'google-oauth2|1',
			'$x_y',
			'urn:x:y',
			'https://idp.example/u/1',
			'日本',
		];
		for (const [index, principal] of principals.entries())
			t.equal(await store.create({ ...task, principal, type: `type-${index}` }), 'created');
		for (const [index, principal] of principals.entries()) {
			t.match(await store.get({ ...task, principal }), { principal, type: `type-${index}` });
			t.match((await store.list(principal, { limit: 100 })).tasks, [{ principal, type: `type-${index}` }]);
			t.equal((await store.list(principal, { limit: 100 })).tasks.length, 1);
		}
	});

	await t.test('an expired task is in no list', async (t) => {
		const store = await open();
		await store.create(task);
		await store.applyReport(task, done);
		t.equal((await store.list('ada', { limit: 10 })).tasks.length, 1);
		nowMs = expiresAtMs;
		t.strictSame(await store.list('ada', { limit: 10 }), { tasks: [] });
	});

	await t.test('progress is stored while the task runs, and changes nothing else', async (t) => {
		const store = await open();
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

	await t.test('progress is written at most once a second and never decreases', async (t) => {
		const store = await open();
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

	await t.test('every report of the execution clears the progress', async (t) => {
		const store = await open();
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
