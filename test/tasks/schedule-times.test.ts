import fc from 'fast-check';
import { test } from 'tap';
import { parseTiming } from '../../src/local-aws/scheduler/schedule-expression.ts';
import { findTimingFault, nextTimes } from '../../src/tasks/schedule-times.ts';
import { CRON_CASES, INVALID_CRONS } from '../support/cron-cases.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

/** The first times of the domain, and those of the local EventBridge Scheduler. */
function bothNextTimes(cron: string, timezone: string | undefined, afterMs: number, count: number) {
	const domain = nextTimes({ cron, timezone, startMs: 0 }, { afterMs, count });
	const next = parseTiming({ ScheduleExpression: `cron(${cron})`, ScheduleExpressionTimezone: timezone }, 0);
	const local: number[] = [];
	for (let timeMs = next(afterMs); timeMs !== undefined && local.length < count; timeMs = next(timeMs))
		local.push(timeMs);
	return { domain, local };
}

test('cron expressions have the times that EventBridge Scheduler defines', async (t) => {
	for (const { cron, timezone, after, times } of CRON_CASES) {
		const { domain, local } = bothNextTimes(cron, timezone, Date.parse(after), Math.max(1, times.length));
		const expected = times.map((time) => Date.parse(time));
		t.strictSame(domain, expected, `${cron} ${timezone ?? 'UTC'}`);
		t.strictSame(local, expected, `${cron} ${timezone ?? 'UTC'}, local AWS`);
	}
});

test('invalid expressions are refused', async (t) => {
	for (const cron of INVALID_CRONS) {
		t.equal(findTimingFault({ cron }, 0)?.member, 'cron', cron);
		t.throws(() => parseTiming({ ScheduleExpression: `cron(${cron})` }, 0), { code: 'ValidationException' });
	}
	for (const rate of [
		'',
		'0 minutes',
		'1 minutes',
		'2 minute',
		'5 seconds',
		'-1 days',
		'100000 days',
		'1  day',
	])
		t.equal(findTimingFault({ rate }, 0)?.member, 'rate', rate);
	for (const timezone of ['', '+02:00', 'Europe/Paradise', 'CET2'])
		t.equal(findTimingFault({ cron: '0 0 * * ? *', timezone }, 0)?.member, 'timezone', timezone);
	t.match(findTimingFault({}, 0), { member: 'cron' });
	t.match(findTimingFault({ cron: '0 0 * * ? *', rate: '1 day' }, 0), { member: 'cron' });
	t.match(findTimingFault({ rate: '1 day', timezone: 'UTC' }, 0), { member: 'timezone' });
	t.throws(() => nextTimes({ startMs: 0 }, { afterMs: 0, count: 1 }), 'an unvalidated timing');
});

test('a cron without a time in the future is refused', async (t) => {
	const endMs = Date.parse('2027-12-31T00:00Z');
	t.equal(findTimingFault({ cron: '0 0 31 12 ? 2027' }, endMs - 1), undefined);
	t.match(findTimingFault({ cron: '0 0 31 12 ? 2027' }, endMs), {
		message: 'Cron has no time in the future',
	});
	t.match(findTimingFault({ cron: '0 0 30 2 ? *' }, endMs), { member: 'cron' });
});

test('the times of a rate are multiples of its period', async (t) => {
	const startMs = Date.parse('2026-12-01T10:00Z');
	const times = (rate: string, afterMs: number) => nextTimes({ rate, startMs }, { afterMs, count: 2 });
	t.strictSame(times('90 minutes', startMs), [startMs + 90 * MINUTE_MS, startMs + 180 * MINUTE_MS]);
	t.strictSame(times('1 day', startMs + DAY_MS), [startMs + 2 * DAY_MS, startMs + 3 * DAY_MS]);
	t.strictSame(times('1 day', startMs + DAY_MS - 1), [startMs + DAY_MS, startMs + 2 * DAY_MS]);
	t.strictSame(
		times('1 hour', startMs - DAY_MS)[0],
		startMs + 60 * MINUTE_MS,
		'never before the first period',
	);
});

/** A field with the values that it matches. */
interface Field {
	readonly text: string;
	readonly values: ReadonlySet<number>;
}

/** Generates fields: all values, a step, a range, or a list. */
function field(min: number, max: number): fc.Arbitrary<Field> {
	const sequence = (from: number, to: number, step: number) => {
		const values = new Set<number>();
		for (let value = from; value <= to; value += step) values.add(value);
		return values;
	};
	const value = fc.integer({ min, max });
	return fc.oneof(
		fc.constant({ text: '*', values: sequence(min, max, 1) }),
		fc
			.tuple(value, fc.integer({ min: 1, max: max - min }))
			.map(([from, step]) => ({ text: `${from}/${step}`, values: sequence(from, max, step) })),
		fc
			.tuple(value, value)
			.map(([a, b]): [number, number] => [Math.min(a, b), Math.max(a, b)])
			.map(([from, to]) => ({ text: `${from}-${to}`, values: sequence(from, to, 1) })),
		fc
			.uniqueArray(value, { minLength: 1, maxLength: 4 })
			.map((values) => ({ text: values.join(','), values: new Set(values) })),
	);
}

/** Zones with a change of their clocks in the given days: by an hour, by half an hour, at midnight, and none. */
const DAYS: readonly { readonly timezone: string; readonly from: string }[] = [
	{ timezone: 'Europe/Berlin', from: '2027-03-27T12:00Z' },
	{ timezone: 'Europe/Berlin', from: '2027-10-30T12:00Z' },
	{ timezone: 'America/New_York', from: '2027-03-13T12:00Z' },
	{ timezone: 'America/New_York', from: '2027-11-06T12:00Z' },
	{ timezone: 'Australia/Lord_Howe', from: '2027-04-03T00:00Z' },
	{ timezone: 'Australia/Lord_Howe', from: '2027-10-02T00:00Z' },
	{ timezone: 'America/Santiago', from: '2027-04-03T12:00Z' },
	{ timezone: 'America/Santiago', from: '2027-09-04T12:00Z' },
	{ timezone: 'Asia/Kolkata', from: '2027-02-27T12:00Z' },
	{ timezone: 'UTC', from: '2026-12-30T12:00Z' },
];
const WINDOW_MINUTES = 2 * 24 * 60;
const WEEKDAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

test('next times increase strictly, and agree with every minute of the days on which clocks change', async (t) => {
	const walls = DAYS.map(({ timezone, from }) => {
		const format = new Intl.DateTimeFormat('en-US', {
			timeZone: timezone,
			hourCycle: 'h23',
			year: 'numeric',
			month: 'numeric',
			day: 'numeric',
			weekday: 'short',
			hour: 'numeric',
			minute: 'numeric',
		});
		const seen = new Set<string>();
		return Array.from({ length: WINDOW_MINUTES }, (_, index) => {
			const timeMs = Date.parse(from) + (index + 1) * MINUTE_MS;
			const parts = Object.fromEntries(format.formatToParts(timeMs).map(({ type, value }) => [type, value]));
			const text = JSON.stringify(parts);
			const isRepeated = seen.has(text);
			seen.add(text);
			const number = (name: string) => Number(parts[name]);
			return {
				timeMs,
				isRepeated,
				minute: number('minute'),
				hour: number('hour'),
				day: number('day'),
				month: number('month'),
				weekday: WEEKDAYS.indexOf(parts['weekday'] ?? '') + 1,
			};
		});
	});
	fc.assert(
		fc.property(
			fc.nat({ max: DAYS.length - 1 }),
			field(0, 59),
			field(0, 23),
			field(1, 31),
			field(1, 12),
			field(1, 7),
			fc.boolean(),
			(index, minute, hour, day, month, weekday, isWeekly) => {
				const days = isWeekly ? `? ${month.text} ${weekday.text}` : `${day.text} ${month.text} ?`;
				const cron = `${minute.text} ${hour.text} ${days} *`;
				const { timezone = '', from = '' } = DAYS[index] ?? {};
				const expected = (walls[index] ?? [])
					.filter((wall) => !wall.isRepeated && minute.values.has(wall.minute) && hour.values.has(wall.hour))
					.filter((wall) => month.values.has(wall.month))
					.filter((wall) => (isWeekly ? weekday.values.has(wall.weekday) : day.values.has(wall.day)))
					.map(({ timeMs }) => timeMs)
					.slice(0, 200);
				const { domain, local } = bothNextTimes(cron, timezone, Date.parse(from), expected.length + 1);
				const [beyond] = domain.splice(expected.length);
				local.splice(expected.length);
				if (
					expected.length < 200 &&
					beyond !== undefined &&
					beyond <= Date.parse(from) + WINDOW_MINUTES * MINUTE_MS
				)
					throw new Error(`${cron} ${timezone}: one time too many`);
				if (String(domain) !== String(expected) || String(local) !== String(expected))
					throw new Error(
						`${cron} ${timezone} after ${from}: ${[expected, domain, local].map((times) => times.map((ms) => new Date(ms).toISOString()).join(' ')).join('\n')}`,
					);
				return domain.every((timeMs, at) => at === 0 || timeMs > (domain[at - 1] ?? 0));
			},
		),
		{ numRuns: 150 },
	);
	t.pass('150 random expressions');
});
