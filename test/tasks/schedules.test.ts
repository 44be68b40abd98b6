import { test } from 'tap';
import { createCallbackClaims } from '../../src/tasks/callbacks.ts';
import { createTaskCreator } from '../../src/tasks/create-task.ts';
import { createScheduleManager, type ScheduleSettings } from '../../src/tasks/manage-schedules.ts';
import { createRunRepeater, createScheduleRunner } from '../../src/tasks/run-schedule.ts';
import { MAX_SCHEDULES, type Schedule, type ScheduledTime } from '../../src/tasks/schedules.ts';
import { ServiceUnavailableError } from '../../src/tasks/service-unavailable.ts';
import { createTaskId } from '../../src/tasks/task.ts';
import { createMemoryCallbackStore } from '../support/memory-callback-store.ts';
import { createMemoryClaimStore } from '../support/memory-claim-store.ts';
import { createMemoryScheduleStore } from '../support/memory-schedule-store.ts';
import { createMemoryTaskStore } from '../support/memory-task-store.ts';
import { createRecordingLog } from '../support/recording-log.ts';

const START_MS = Date.parse('2026-12-01T10:00:30.500Z');
const HOUR_MS = 3_600_000;
const DAILY: ScheduleSettings = {
	name: 'Daily',
	cron: '0 9 * * ? *',
	task: { type: 'greeting', data: { name: 'Ada' }, tags: {} },
	enabled: true,
};

/** Schedules over stores in memory, and entries that can fail. */
function createWorld() {
	let nowMs = START_MS;
	const now = () => nowMs;
	const { log, lines } = createRecordingLog();
	const schedules = createMemoryScheduleStore();
	const store = createMemoryTaskStore({ retentionSeconds: 3600, now });
	const written = new Map<string, Schedule>();
	const published: string[] = [];
	const world: {
		/** Runs before each write of an entry. */
		onPut: (schedule: Schedule) => Promise<'rejected' | undefined>;
		failures: number;
	} = { onPut: async () => undefined, failures: 0 };
	const entries = {
		async put(schedule: Schedule) {
			const outcome = await world.onPut(schedule);
			if (outcome === 'rejected') return outcome;
			written.set(schedule.scheduleId, schedule);
			return 'written' as const;
		},
		async remove(scheduleId: string) {
			written.delete(scheduleId);
		},
	};
	const manager = createScheduleManager({ schedules, entries, createId: (ms) => createTaskId(ms), now, log });
	const createTask = createTaskCreator({
		store,
		publisher: { publish: async ({ task }) => void published.push(task.task_id) },
		claims: createMemoryClaimStore(new Map()),
		limit: undefined,
		callbackClaims: createCallbackClaims({ callbacks: createMemoryCallbackStore(), store, now }),
		findWebhooks: async () => [],
		now,
		createTaskId,
		log,
	});
	const run = createScheduleRunner({
		schedules,
		entries,
		createTask: async (request) => {
			if (world.failures-- > 0) return { kind: 'unconfirmed', retryAfterSeconds: 1 };
			return createTask(request);
		},
		describeTask: (type) => (type === 'greeting' ? {} : undefined),
		now,
	});
	const create = async (settings: Partial<ScheduleSettings> = {}) => {
		const { cron, ...daily } = DAILY;
		const outcome = await manager.create('ada', {
			...daily,
			...(settings.rate === undefined && cron !== undefined ? { cron } : {}),
			...settings,
		});
		if (outcome.kind !== 'created') throw new Error(outcome.kind);
		return outcome.schedule;
	};
	const timeOf = ({ principal, scheduleId }: Schedule): ScheduledTime => ({
		principal,
		scheduleId,
		scheduledAtMs: START_MS + HOUR_MS,
	});
	return {
		world,
		log,
		lines,
		schedules,
		store,
		written,
		published,
		manager,
		create,
		timeOf,
		run: (schedule: Schedule) => run(timeOf(schedule), log),
		repeat: (time: ScheduledTime) => createRunRepeater(run, { schedules, now })(time, log),
		advance: (ms: number) => (nowMs += ms),
		runsOf: async (schedule: Schedule) => (await schedules.listRuns(schedule, { limit: 50 })).runs,
	};
}

test('a schedule is written before its entry, and confirmed after it', async (t) => {
	const { create, schedules, written } = createWorld();
	const schedule = await create();
	t.match(written.get(schedule.scheduleId), { version: 1, name: 'Daily' });
	t.match(await schedules.find(schedule), { version: 1, entryVersion: 1, enabled: true });
	const rate = await create({ rate: '1 hour' });
	t.equal(rate.startMs, Date.parse('2026-12-01T10:00Z'), 'a rate counts from a whole minute');
});

test('the next read repairs an entry whose write failed', async (t) => {
	const { world, create, schedules, written, manager, lines, advance } = createWorld();
	const kept = await create();
	advance(1);
	world.onPut = async () => {
		throw new ServiceUnavailableError('EventBridge Scheduler');
	};
	await t.rejects(create({ name: 'Second' }), { name: 'ServiceUnavailableError' });
	await t.rejects(manager.update(kept, { name: 'Changed' }), { name: 'ServiceUnavailableError' });
	t.match(
		await manager.find(kept),
		{ name: 'Changed' },
		'the row is readable while the service is unavailable',
	);
	t.match(lines, [{ level: 'warn', message: 'entry of a schedule not repaired' }]);
	t.equal(written.size, 1);
	world.onPut = async () => undefined;
	const [first, second] = await manager.list('ada');
	t.match(first, { name: 'Changed', version: 2, entryVersion: 2 });
	t.match(second, { name: 'Second', version: 1, entryVersion: 1 });
	t.strictSame(
		[...written.values()].map(({ name }) => name),
		['Changed', 'Second'],
	);
	t.match(await schedules.find(kept), { entryVersion: 2 });
});

test('the entry has the latest version after concurrent changes', async (t) => {
	const { world, create, manager, written, schedules } = createWorld();
	const schedule = await create();
	let isFirst = true;
	world.onPut = async () => {
		if (!isFirst) return undefined;
		isFirst = false;
		// The second change is complete before the entry of the first one is written.
		t.match(await manager.update(schedule, { name: 'Second' }), { kind: 'updated' });
		return undefined;
	};
	t.match(await manager.update(schedule, { name: 'First' }), { schedule: { name: 'Second', version: 3 } });
	t.match(written.get(schedule.scheduleId), { name: 'Second', version: 3 });
	t.match(await schedules.find(schedule), { name: 'Second', version: 3, entryVersion: 3 });
});

test('a schedule that is deleted during a change leaves no entry', async (t) => {
	const { world, create, manager, written } = createWorld();
	const schedule = await create();
	world.onPut = async () => {
		t.ok(await manager.remove(schedule));
		return undefined;
	};
	t.match(await manager.update(schedule, { name: 'Late' }), { kind: 'notFound' });
	t.equal(written.size, 0);
});

test('an expression that EventBridge Scheduler rejects changes nothing', async (t) => {
	const { world, create, manager, written } = createWorld();
	const schedule = await create();
	world.onPut = async ({ timezone }) => (timezone === 'Antarctica/Troll' ? 'rejected' : undefined);
	const timezone = 'Antarctica/Troll';
	t.match(await manager.create('ada', { ...DAILY, timezone }), { kind: 'invalidTiming', member: 'cron' });
	t.equal((await manager.list('ada')).length, 1);
	t.match(await manager.update(schedule, { timezone }), { kind: 'invalidTiming' });
	t.equal((await manager.find(schedule))?.timezone, undefined);
	t.equal(written.get(schedule.scheduleId)?.timezone, undefined);
});

test('an update changes the given members', async (t) => {
	const { create, manager, advance } = createWorld();
	const schedule = await create({ timezone: 'Europe/Berlin' });
	advance(HOUR_MS);
	t.match(await manager.update(schedule, { rate: '1 hour' }), {
		schedule: {
			rate: '1 hour',
			cron: undefined,
			timezone: undefined,
			startMs: Date.parse('2026-12-01T11:00Z'),
		},
	});
	t.match(await manager.update(schedule, { timezone: 'Europe/Berlin' }), { member: 'timezone' });
	advance(HOUR_MS);
	t.match(await manager.pause(schedule), {
		schedule: { enabled: false, startMs: Date.parse('2026-12-01T11:00Z') },
	});
	t.match(await manager.update(schedule, { cron: '0 8 * * ? *', timezone: 'Asia/Tokyo' }), {
		schedule: { cron: '0 8 * * ? *', rate: undefined, timezone: 'Asia/Tokyo', enabled: false },
	});
	t.match(await manager.update(schedule, { cron: '0 7 * * ? *' }), { schedule: { timezone: 'Asia/Tokyo' } });
	t.match(await manager.update(schedule, { timezone: null }), { schedule: { timezone: undefined } });
	t.match(await manager.resume(schedule), { schedule: { enabled: true } });
	t.match(await manager.update(schedule, { cron: 'x' }), { kind: 'invalidTiming' });
	t.match(await manager.update({ ...schedule, principal: 'eve' }, { name: 'x' }), { kind: 'notFound' });
});

test('a schedule whose last time has passed can be paused and renamed, not resumed', async (t) => {
	const { create, manager, advance } = createWorld();
	const schedule = await create({ cron: '0 12 1 12 ? 2026' });
	advance(24 * HOUR_MS);
	t.match(await manager.update(schedule, { name: 'Over' }), { kind: 'updated' });
	t.match(await manager.pause(schedule), { kind: 'updated' });
	t.match(await manager.resume(schedule), { kind: 'invalidTiming', member: 'cron' });
});

test('limits of schedules', async (t) => {
	const { create, manager } = createWorld();
	const large = { type: 'greeting', data: { name: 'x'.repeat(32 * 1024) }, tags: {} };
	t.match(await manager.create('ada', { ...DAILY, task: large }), { kind: 'tooLarge' });
	const first = await create();
	t.match(await manager.update(first, { task: large }), { kind: 'tooLarge' });
	for (let count = 1; count < MAX_SCHEDULES; count++) await create();
	t.match(await manager.create('ada', DAILY), { kind: 'limitReached' });
	t.ok(await manager.remove(first));
	t.notOk(await manager.remove(first));
	t.match(await manager.create('ada', DAILY), { kind: 'created' });
});

test('another principal cannot delete the entry of a schedule', async (t) => {
	const { create, manager, written } = createWorld();
	const schedule = await create();
	t.notOk(await manager.remove({ ...schedule, principal: 'eve' }));
	t.equal(written.size, 1);
});

test('a duplicate invocation creates one task', async (t) => {
	const { create, run, runsOf, published, manager } = createWorld();
	const schedule = await create();
	const [first, second] = await Promise.all([run(schedule), run(schedule)]);
	t.match(first, { taskId: second?.taskId });
	t.equal(new Set(published).size, 1);
	t.equal((await runsOf(schedule)).length, 1);
	await manager.update(schedule, { task: { type: 'greeting', data: { name: 'Grace' }, tags: {} } });
	t.match(
		await run(schedule),
		{ taskId: first?.taskId, error: undefined },
		'also after a change of the task',
	);
	t.equal(new Set(published).size, 1);
});

test('a paused schedule that fires creates nothing', async (t) => {
	const { create, run, runsOf, published, manager } = createWorld();
	const schedule = await create();
	await manager.pause(schedule);
	t.equal(await run(schedule), undefined);
	t.strictSame([published, await runsOf(schedule)], [[], []]);
});

test('a deleted schedule that fires creates nothing, and its entry is removed', async (t) => {
	const { create, run, published, schedules, written } = createWorld();
	const schedule = await create();
	// As after a crash between the row and the entry.
	await schedules.remove(schedule);
	t.equal(await run(schedule), undefined);
	t.strictSame([published, written.size], [[], 0]);
});

test('a task that cannot be created is listed with the reason', async (t) => {
	const { create, run, runsOf, published } = createWorld();
	const unknown = await create({ task: { type: 'removed', data: {}, tags: {} } });
	t.match(await run(unknown), { error: { code: 'UnknownType' } });
	const webhook = { webhookId: '01932f4e-6f00-7000-8000-000000000001' };
	const unheard = await create({ task: { ...DAILY.task, webhook } });
	t.match(await run(unheard), { error: { code: 'UnknownWebhook' } });
	t.match(await runsOf(unheard), [{ error: { code: 'UnknownWebhook' } }]);
	t.strictSame(published, []);
});

test('a failed run is repeated for 12 hours, and then listed as lost', async (t) => {
	const { world, create, run, repeat, runsOf, timeOf, advance, published, lines } = createWorld();
	const schedule = await create();
	world.failures = 2;
	await t.rejects(run(schedule), { name: 'ServiceUnavailableError' });
	advance(12 * HOUR_MS);
	await t.rejects(repeat(timeOf(schedule)), { name: 'ServiceUnavailableError' });
	t.strictSame(await runsOf(schedule), [], 'an unknown outcome is not recorded');
	advance(HOUR_MS);
	await repeat(timeOf(schedule));
	t.equal(published.length, 1);
	const lost = { ...timeOf(schedule), scheduledAtMs: START_MS };
	await repeat(lost);
	t.match(await runsOf(schedule), [{ error: undefined }, { error: { code: 'RunLost' } }]);
	t.match(lines.at(-1), { level: 'error', message: 'scheduled run lost' });
	advance(HOUR_MS);
	await repeat(timeOf(schedule));
	t.match((await runsOf(schedule))[0], { error: undefined }, 'a run with a task is never listed as lost');
});
