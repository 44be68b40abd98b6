import { Cron } from 'croner';

/** The members of a schedule that determine its times. Exactly one of `cron` and `rate` is present. */
export interface Timing {
	/** `minutes hours day-of-month month day-of-week year`, as EventBridge Scheduler defines it. */
	readonly cron?: string | undefined;
	/** `5 minutes`, for example. */
	readonly rate?: string | undefined;
	/** The IANA time zone of `cron`. Default: UTC. */
	readonly timezone?: string | undefined;
}

/** Why a timing is invalid, and the member that is at fault. */
export interface TimingFault {
	readonly member: keyof Timing;
	readonly message: string;
}

/** Returns the first time after `afterMs`, in epoch milliseconds, or `undefined` after the last one. */
type NextTime = (afterMs: number) => number | undefined;

/** Returns the fault of a timing, also if it has no time after `nowMs`, or `undefined` if it is valid. */
export function findTimingFault(timing: Timing, nowMs: number): TimingFault | undefined {
	const { cron, rate, timezone } = timing;
	if ((cron === undefined) === (rate === undefined))
		return { member: 'cron', message: 'Give exactly one of cron and rate' };
	if (rate !== undefined) {
		if (timezone !== undefined)
			return { member: 'timezone', message: 'A rate has no time zone: its days are 24 hours long' };
		if (parseRate(rate) !== undefined) return undefined;
		return { member: 'rate', message: 'Rate should be like 1 minute, 12 hours or 7 days, at most 5 digits' };
	}
	if (timezone !== undefined && !isTimeZone(timezone))
		return { member: 'timezone', message: 'Time zone should be an IANA name such as Europe/Berlin' };
	const next = parseCron(cron ?? '', timezone);
	if (next === undefined) return { member: 'cron', message: CRON_MESSAGE };
	return next(nowMs) === undefined
		? { member: 'cron', message: 'Cron has no time in the future' }
		: undefined;
}

const CRON_MESSAGE =
	'Cron should have the six fields minutes, hours, day-of-month, month, day-of-week and year, with ? in one of the two day fields';

/**
 * Returns the next times of a valid timing, at most `count`. The times of a rate are `startMs` plus multiples of it.
 * @throws for an invalid timing.
 */
export function nextTimes(
	timing: Timing & { readonly startMs: number },
	{ afterMs, count }: { readonly afterMs: number; readonly count: number },
): number[] {
	const next = parseTiming(timing);
	const times: number[] = [];
	for (let timeMs = next(afterMs); timeMs !== undefined && times.length < count; timeMs = next(timeMs))
		times.push(timeMs);
	return times;
}

function parseTiming({ cron, rate, timezone, startMs }: Timing & { readonly startMs: number }): NextTime {
	const periodMs = parseRate(rate ?? '');
	if (periodMs !== undefined)
		return (afterMs) => startMs + periodMs * Math.max(1, Math.floor((afterMs - startMs) / periodMs) + 1);
	const next = parseCron(cron ?? '', timezone);
	if (next === undefined) throw new Error(`Invalid timing: ${cron ?? rate}.`);
	return next;
}

const UNIT_MS: Readonly<Record<string, number>> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

/** Returns the period. AWS requires the singular for 1 and the plural for other values. */
function parseRate(rate: string): number | undefined {
	const [, digits, unit = '', plural] = /^([1-9]\d{0,4}) (minute|hour|day)(s?)$/.exec(rate) ?? [];
	const unitMs = UNIT_MS[unit];
	if (unitMs === undefined || (digits === '1') !== (plural === '')) return undefined;
	return Number(digits) * unitMs;
}

const MONTHS = 'JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC';
const DAYS = 'SUN|MON|TUE|WED|THU|FRI|SAT';

/**
 * The fields of a cron expression, which croner checks less strictly:
 * https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#cron-based
 */
const CRON_FIELDS = [
	listOf(String.raw`\d{1,2}`),
	listOf(String.raw`\d{1,2}`),
	`${listOf(String.raw`\d{1,2}`)}|L|LW|\\d{1,2}W|\\?`,
	listOf(String.raw`(?:\d{1,2}|${MONTHS})`),
	`${listOf(`(?:[1-7]|${DAYS})`)}|L|(?:[1-7]|${DAYS})L|(?:[1-7]|${DAYS})#[1-5]|\\?`,
	listOf(String.raw`(?:19[7-9]\d|2[01]\d\d)`),
].map((pattern) => new RegExp(`^(?:${pattern})$`, 'i'));

/** Values, ranges and steps, separated by commas. */
function listOf(value: string): string {
	const part = String.raw`(?:\*|${value}(?:-${value})?)(?:/\d{1,3})?`;
	return `${part}(?:,${part})*`;
}

/** Parses a cron expression; returns `undefined` if it is invalid. */
function parseCron(expression: string, timezone = 'UTC'): NextTime | undefined {
	const fields = expression.split(' ');
	const [minutes, hours, dayOfMonth, month, dayOfWeek = '', year] = fields;
	const isValid =
		fields.length === CRON_FIELDS.length &&
		CRON_FIELDS.every((pattern, index) => pattern.test(fields[index] ?? '')) &&
		(dayOfMonth === '?') !== (dayOfWeek === '?');
	if (!isValid) return undefined;
	// croner writes the last Friday as `6#L`; AWS writes it as `6L`, and Saturday as `L`.
	const weekday = dayOfWeek.replace(/^L$/i, '7').replace(/^(.+)L$/i, '$1#L');
	let cron: Cron;
	try {
		cron = new Cron(`0 ${minutes} ${hours} ${dayOfMonth} ${month} ${weekday} ${year}`, {
			alternativeWeekdays: true,
			domAndDow: true,
			paused: true,
			sloppyRanges: true,
			timezone: 'UTC',
		});
	} catch {
		return undefined;
	}
	return inTimeZone((afterMs) => cron.nextRun(new Date(afterMs))?.getTime(), timezone);
}

/**
 * Converts times of a clock on the wall, written as if it were in UTC, to those of a time zone. A time that daylight saving
 * skips is left out, and one that it repeats counts once:
 * https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#daylist-savings-time
 */
function inTimeZone(nextOnWall: NextTime, timezone: string): NextTime {
	const offset = createOffsets(timezone);
	/** Returns the first time at which the clock shows `wallMs`. */
	const timeOf = (wallMs: number) =>
		[wallMs - offset(wallMs - DAY_MS), wallMs - offset(wallMs + DAY_MS)].find(
			(timeMs) => timeMs + offset(timeMs) === wallMs,
		);
	return (afterMs) => {
		let wallMs = nextOnWall(afterMs + offset(afterMs));
		while (wallMs !== undefined) {
			const timeMs = timeOf(wallMs);
			if (timeMs !== undefined && timeMs > afterMs) return timeMs;
			wallMs = nextOnWall(wallMs);
		}
		return undefined;
	};
}

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

/** Returns a function from a time to the milliseconds that the clocks of a time zone are ahead of UTC. */
function createOffsets(timeZone: string): (timeMs: number) => number {
	if (timeZone === 'UTC') return () => 0;
	const format = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' });
	return (timeMs) => {
		const name = format.formatToParts(timeMs).find(({ type }) => type === 'timeZoneName')?.value ?? '';
		const [, sign, hours, minutes] = /^GMT([+-])(\d\d):(\d\d)/.exec(name) ?? [];
		const offsetMs = (Number(hours ?? 0) * 60 + Number(minutes ?? 0)) * MINUTE_MS;
		return sign === '-' ? -offsetMs : offsetMs;
	};
}

/** Node also accepts offsets such as `+02:00`, which are no IANA names. */
function isTimeZone(name: string): boolean {
	if (!/^[A-Za-z]/.test(name)) return false;
	try {
		new Intl.DateTimeFormat('en-US', { timeZone: name }).format(0);
		return true;
	} catch {
		return false;
	}
}
