import type { Test } from 'tap';
import { MAX_SCHEDULES, newRun, type Schedule, type ScheduleStore } from '../../src/tasks/schedules.ts';

/** A schedule with an id that sorts by its number. */
export function exampleSchedule(number = 0, members: Partial<Schedule> = {}): Schedule {
	return {
		principal: 'ada',
		scheduleId: `01932f4e-6f00-7000-8000-${String(number).padStart(12, '0')}`,
		name: 'Daily',
		cron: '0 9 * * ? *',
		task: { type: 'greeting', data: { name: 'Ada', none: null, '': [1.5] }, tags: { team: 'x' } },
		enabled: true,
		startMs: 1_790_000_040_000,
		createdAtMs: 1_790_000_050_000,
		updatedAtMs: 1_790_000_050_000,
		version: 1,
		...members,
	};
}

/** The contract of the stores of schedules. */
export async function scheduleStoreContract(
	t: Test,
	createStore: () => Promise<ScheduleStore>,
): Promise<void> {
	await t.test('a schedule is read as it was written, by its principal only', async (t) => {
		const store = await createStore();
		const schedule = exampleSchedule(1, {
			timezone: 'Europe/Berlin',
			task: { type: 'greeting', data: {}, tags: {}, webhook: { url: 'https://example.com/' } },
		});
		t.equal(await store.create(schedule), 'created');
		t.strictSame(await store.find(schedule), schedule);
		t.equal(await store.find({ ...schedule, principal: 'eve' }), undefined);
		t.strictSame(await store.list('eve'), []);
		t.notOk(await store.remove({ ...schedule, principal: 'eve' }), 'a foreign schedule cannot be deleted');
		t.strictSame(await store.list('ada'), [schedule]);
	});

	await t.test('a change of an outdated version is refused', async (t) => {
		const store = await createStore();
		const before = exampleSchedule();
		await store.create(before);
		const { cron: _, ...rest } = before;
		const changed = await store.swap(before, { ...rest, rate: '1 day' });
		t.strictSame(changed, { ...rest, rate: '1 day', version: 2 });
		t.strictSame(await store.find(before), changed, 'an absent member is removed');
		t.equal(await store.swap(before, before), undefined);
		t.notOk(await store.confirmEntry(before));
		t.ok(await store.confirmEntry(exampleSchedule(0, { version: 2 })));
		t.strictSame(await store.find(before), { ...rest, rate: '1 day', version: 2, entryVersion: 2 });
		t.ok(await store.remove(before));
		t.notOk(await store.remove(before));
		t.equal(await store.swap(before, before), undefined);
		t.notOk(await store.confirmEntry(before), 'a deleted schedule stays deleted');
		t.equal(await store.find(before), undefined);
	});

	await t.test('a principal has at most 100 schedules, even if requests are concurrent', async (t) => {
		const store = await createStore();
		for (let number = 0; number < MAX_SCHEDULES - 1; number++) await store.create(exampleSchedule(number));
		const outcomes = await Promise.all(
			[200, 201, 202].map((number) => store.create(exampleSchedule(number))),
		);
		t.strictSame(outcomes.toSorted(), ['created', 'limitReached', 'limitReached']);
		const all = await store.list('ada');
		t.equal(all.length, MAX_SCHEDULES);
		t.strictSame(
			all.map(({ scheduleId }) => scheduleId),
			all.map(({ scheduleId }) => scheduleId).toSorted(),
		);
		t.equal(await store.create(exampleSchedule(0, { principal: 'eve' })), 'created');
		await store.remove(exampleSchedule(5));
		t.equal(await store.create(exampleSchedule(300)), 'created');
		t.equal(await store.create(exampleSchedule(301)), 'limitReached');
	});

	await t.test('runs are listed by time, and an error replaces no task', async (t) => {
		const store = await createStore();
		const { principal, scheduleId, createdAtMs } = exampleSchedule();
		const run = (minute: number, isFailed = false) =>
			newRun(
				{ principal, scheduleId, scheduledAtMs: createdAtMs + minute * 60_000 },
				createdAtMs,
				isFailed ? { code: 'RunLost', message: 'late' } : undefined,
			);
		for (const minute of [2, 1, 3]) await store.recordRun(run(minute));
		await store.recordRun(run(3, true));
		await store.recordRun(run(4, true));
		await store.recordRun(newRun({ principal: 'eve', scheduleId, scheduledAtMs: createdAtMs }, createdAtMs));
		const key = { principal, scheduleId };
		const first = await store.listRuns(key, { limit: 2 });
		t.strictSame(first, { runs: [run(4, true), run(3)], next: run(3).scheduledAtMs });
		t.strictSame(await store.listRuns(key, { limit: 2, after: first.next ?? 0 }), { runs: [run(2), run(1)] });
		await store.recordRun(run(4));
		t.strictSame((await store.listRuns(key, { limit: 1 })).runs, [run(4)], 'a task replaces an error');
	});
}
