import fc from 'fast-check';
import t from 'tap';
import { createRuleTimers, parseSchedule } from '../../../src/local-aws/event-bridge/schedule.ts';
import { createManualClock } from '../../support/manual-clock.ts';

const next = (expression: string, after: string) => {
	const ms = parseSchedule(expression).next(Date.parse(after));
	return ms === undefined ? undefined : new Date(ms).toISOString();
};

t.test('a rate counts from the previous time', async (t) => {
	t.equal(next('rate(1 minute)', '2026-01-01T00:00:30Z'), '2026-01-01T00:01:30.000Z');
	t.equal(next('rate(5 minutes)', '2026-01-01T00:00:00Z'), '2026-01-01T00:05:00.000Z');
	t.equal(next('rate(1 hour)', '2026-01-01T23:30:00Z'), '2026-01-02T00:30:00.000Z');
	t.equal(next('rate(7 days)', '2026-01-01T00:00:00Z'), '2026-01-08T00:00:00.000Z');
});

t.test('cron expressions are in UTC', async (t) => {
	const rows: readonly (readonly [string, string, string | undefined])[] = [
		['* * * * ? *', '2026-01-01T00:00:00Z', '2026-01-01T00:01:00.000Z'],
		['* * * * ? *', '2026-01-01T00:00:59.999Z', '2026-01-01T00:01:00.000Z'],
		['0 10 * * ? *', '2026-01-01T10:00:00Z', '2026-01-02T10:00:00.000Z'],
		['0/15 * * * ? *', '2026-01-01T00:16:00Z', '2026-01-01T00:30:00.000Z'],
		['5-10/2 8 * * ? *', '2026-01-01T08:07:00Z', '2026-01-01T08:09:00.000Z'],
		['0,30 8,20 * * ? *', '2026-01-01T08:30:00Z', '2026-01-01T20:00:00.000Z'],
		['0 18 ? * MON-FRI *', '2026-01-02T18:00:00Z', '2026-01-05T18:00:00.000Z'],
		['0 18 ? * 1 *', '2026-01-01T00:00:00Z', '2026-01-04T18:00:00.000Z'],
		['0 8 1 * ? *', '2026-01-01T08:00:00Z', '2026-02-01T08:00:00.000Z'],
		['0 0 29 FEB ? *', '2026-01-01T00:00:00Z', '2028-02-29T00:00:00.000Z'],
		['0 0 1 jan,jul ? *', '2026-01-01T00:00:00Z', '2026-07-01T00:00:00.000Z'],
		['0 0 L * ? *', '2026-02-01T00:00:00Z', '2026-02-28T00:00:00.000Z'],
		['0 0 LW * ? *', '2026-05-01T00:00:00Z', '2026-05-29T00:00:00.000Z'],
		['0 0 15W * ? *', '2026-08-01T00:00:00Z', '2026-08-14T00:00:00.000Z'],
		['0 0 15W * ? *', '2026-02-01T00:00:00Z', '2026-02-16T00:00:00.000Z'],
		['0 0 1W * ? *', '2026-07-31T12:00:00Z', '2026-08-03T00:00:00.000Z'],
		['0 0 31W * ? *', '2026-05-01T00:00:00Z', '2026-05-29T00:00:00.000Z'],
		['0 0 31W * ? *', '2026-06-01T00:00:00Z', '2026-07-31T00:00:00.000Z'],
		['0 0 ? * L *', '2026-01-01T00:00:00Z', '2026-01-03T00:00:00.000Z'],
		['15 10 ? * 6L 2026-2027', '2026-01-01T00:00:00Z', '2026-01-30T10:15:00.000Z'],
		['0 0 ? * 3#2 *', '2026-01-01T00:00:00Z', '2026-01-13T00:00:00.000Z'],
		['0 0 ? * TUE#5 *', '2026-01-01T00:00:00Z', '2026-03-31T00:00:00.000Z'],
		['0 12 1 1 ? 2030', '2026-01-01T00:00:00Z', '2030-01-01T12:00:00.000Z'],
		['0 12 1 1 ? 2025', '2026-01-01T00:00:00Z', undefined],
		['0 0 31 FEB ? *', '2026-01-01T00:00:00Z', undefined],
	];
	for (const [cron, after, expected] of rows)
		t.equal(next(`cron(${cron})`, after), expected, `${cron} ${after}`);
});

t.test('the next time is the first matching minute after the given time', async (t) => {
	const { next: nextMs } = parseSchedule('cron(7/13 3-20/4 ? * MON,THU *)');
	const moment = fc.date({ min: new Date('2026-01-01'), max: new Date('2030-01-01'), noInvalidDate: true });
	fc.assert(
		fc.property(moment, fc.nat(), (after, steps) => {
			const dueMs = nextMs(after.getTime()) ?? 0;
			t.ok(dueMs > after.getTime());
			t.equal(dueMs % 60_000, 0);
			t.equal(nextMs(dueMs - 1), dueMs);
			const betweenMs = after.getTime() + (steps % (dueMs - after.getTime()));
			t.equal(nextMs(betweenMs), dueMs, 'no time in between is due');
		}),
		{ numRuns: 50 },
	);
});

t.test('after a sleep, missed times fire once', async (t) => {
	const clock = createManualClock(0);
	let sleptMs = 0;
	const firedAtMs: number[] = [];
	const now = () => clock.now() + sleptMs;
	const timers = createRuleTimers({ ...clock, now }, () => firedAtMs.push(now()));
	timers.set('rule', parseSchedule('rate(1 minute)'));
	timers.start();
	await clock.advance(60_000);
	sleptMs = 3_600_000;
	await clock.advance(120_000);
	t.strictSame(firedAtMs, [60_000, 3_720_000, 3_780_000]);
});

t.test('invalid schedules are refused', async (t) => {
	const refused = [
		'',
		'every minute',
		'at(2026-01-01T00:00:00)',
		'rate(1 minutes)',
		'rate(5 minute)',
		'rate(0 minutes)',
		'rate(1.5 hours)',
		'rate(10 seconds)',
		'rate(5  minutes)',
		'cron(* * * * *)',
		'cron(* * * * ? * *)',
		'cron(* * * * * *)',
		'cron(* * ? * ? *)',
		'cron(60 * * * ? *)',
		'cron(* 24 * * ? *)',
		'cron(* * 0 * ? *)',
		'cron(* * * 13 ? *)',
		'cron(* * * FOO ? *)',
		'cron(* * ? * 8 *)',
		'cron(* * ? * 3#6 *)',
		'cron(* * 32W * ? *)',
		'cron(* * * * ? 1969)',
		'cron(5-1 * * * ? *)',
		'cron(*/0 * * * ? *)',
		'cron(1,, * * * ? *)',
	];
	for (const expression of refused) {
		t.throws(() => parseSchedule(expression), { code: 'ValidationException' }, expression);
	}
});
