/** Values of one field of a cron expression. */
interface CronField {
	readonly min: number;
	readonly max: number;
	/** Names of the numbers from `min`. */
	readonly names?: readonly string[];
}

const MINUTES: CronField = { min: 0, max: 59 };
const HOURS: CronField = { min: 0, max: 23 };
const DAYS_OF_MONTH: CronField = { min: 1, max: 31 };
const MONTHS: CronField = {
	min: 1,
	max: 12,
	names: ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'],
};
const DAYS_OF_WEEK: CronField = {
	min: 1,
	max: 7,
	names: ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'],
};
const YEARS: CronField = { min: 1970, max: 2199 };
const SATURDAY = 7;
const SUNDAY = 1;
const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

/**
 * Parses `minutes hours day-of-month month day-of-week year`, in UTC.
 *
 * @returns a function from a time to the next match after it, in epoch milliseconds, or `undefined` if the years are
 * over; `undefined` for an invalid expression
 */
export function parseCron(expression: string): ((afterMs: number) => number | undefined) | undefined {
	const [minuteText, hourText, dayOfMonth, monthText, dayOfWeek, yearText, ...others] = expression.split(' ');
	const minutes = parseField(minuteText, MINUTES);
	const hours = parseField(hourText, HOURS);
	const months = parseField(monthText, MONTHS);
	const years = parseField(yearText, YEARS);
	const isDay = parseDays(dayOfMonth ?? '', dayOfWeek ?? '');
	if (!minutes || !hours || !months || !years || !isDay || others.length > 0) return undefined;
	const timesMs = hours.flatMap((hour) => minutes.map((minute) => (hour * 60 + minute) * MINUTE_MS));
	return (afterMs) => {
		for (const day of daysFrom(afterMs, years, months)) {
			if (!isDay(day)) continue;
			const midnightMs = Date.UTC(day.year, day.month - 1, day.day);
			const timeMs = timesMs.find((ms) => midnightMs + ms > afterMs);
			if (timeMs !== undefined) return midnightMs + timeMs;
		}
		return undefined;
	};
}

/** A calendar day in UTC; months from 1. */
interface CalendarDay {
	readonly year: number;
	readonly month: number;
	readonly day: number;
}

type DayTest = (day: CalendarDay) => boolean;

/** One of the two day fields must be `?`. */
function parseDays(dayOfMonth: string, dayOfWeek: string): DayTest | undefined {
	if (dayOfWeek === '?') return parseDayOfMonth(dayOfMonth);
	return dayOfMonth === '?' ? parseDayOfWeek(dayOfWeek) : undefined;
}

function* daysFrom(
	fromMs: number,
	years: readonly number[],
	months: readonly number[],
): Generator<CalendarDay> {
	const firstYear = new Date(fromMs).getUTCFullYear();
	for (const year of years.filter((candidate) => candidate >= firstYear)) {
		for (const month of months) {
			const last = daysInMonth({ year, month, day: 1 });
			for (let day = 1; day <= last; day += 1) {
				if (Date.UTC(year, month - 1, day) + DAY_MS > fromMs) yield { year, month, day };
			}
		}
	}
}

/** Numbers, `L` for the last day, `LW` for the last weekday, `15W` for the weekday nearest to the 15th. */
function parseDayOfMonth(text: string): DayTest | undefined {
	if (text === 'L') return (day) => day.day === daysInMonth(day);
	if (text === 'LW') return (day) => day.day === nearestWeekday({ ...day, day: daysInMonth(day) });
	if (text.endsWith('W')) {
		const target = parseNumber(text.slice(0, -1), DAYS_OF_MONTH);
		if (target === undefined) return undefined;
		return (day) => target <= daysInMonth(day) && day.day === nearestWeekday({ ...day, day: target });
	}
	const days = parseField(text, DAYS_OF_MONTH);
	return days && (({ day }) => days.includes(day));
}

/** Numbers or names with 1 = SUN, `L` for Saturday, `6L` for the last Friday of the month, `3#2` for its second Tuesday. */
function parseDayOfWeek(text: string): DayTest | undefined {
	if (text === 'L') return (day) => weekdayOf(day) === SATURDAY;
	if (text.endsWith('L')) {
		const weekday = parseNumber(text.slice(0, -1), DAYS_OF_WEEK);
		if (weekday === undefined) return undefined;
		return (day) => weekdayOf(day) === weekday && day.day > daysInMonth(day) - 7;
	}
	if (text.includes('#')) {
		const [weekdayText, nthText] = text.split('#', 2);
		const weekday = parseNumber(weekdayText, DAYS_OF_WEEK);
		const nth = parseNumber(nthText, { min: 1, max: 5 });
		if (weekday === undefined || nth === undefined) return undefined;
		return (day) => weekdayOf(day) === weekday && Math.ceil(day.day / 7) === nth;
	}
	const weekdays = parseField(text, DAYS_OF_WEEK);
	return weekdays && ((day) => weekdays.includes(weekdayOf(day)));
}

function daysInMonth({ year, month }: CalendarDay): number {
	return new Date(Date.UTC(year, month, 0)).getUTCDate();
}

function weekdayOf({ year, month, day }: CalendarDay): number {
	return new Date(Date.UTC(year, month - 1, day)).getUTCDay() + 1;
}

/** Stays within the month: Saturday the 1st moves to Monday, Sunday the last moves to Friday. */
function nearestWeekday(target: CalendarDay): number {
	switch (weekdayOf(target)) {
		case SATURDAY:
			return target.day === 1 ? 3 : target.day - 1;
		case SUNDAY:
			return target.day === daysInMonth(target) ? target.day - 2 : target.day + 1;
		default:
			return target.day;
	}
}

/** Returns the sorted numbers of a field such as `*`, `5`, `1-5`, `1,3`, `0/15` or `2-10/2`; `undefined` if it is invalid. */
function parseField(text: string | undefined, field: CronField): readonly number[] | undefined {
	const ranges = (text ?? '').split(',').map((part) => parseRange(part, field));
	const numbers = new Set<number>();
	for (const range of ranges) {
		if (range === undefined) return undefined;
		for (let number = range.from; number <= range.to; number += range.step) numbers.add(number);
	}
	return [...numbers].toSorted((a, b) => a - b);
}

function parseRange(part: string, field: CronField): { from: number; to: number; step: number } | undefined {
	const [, range = '', stepText] = /^([^/]+)(?:\/(\d{1,4}))?$/.exec(part) ?? [];
	const step = Number(stepText ?? 1);
	if (step < 1) return undefined;
	if (range === '*') return { from: field.min, to: field.max, step };
	const [fromText, toText, ...others] = range.split('-');
	const from = parseNumber(fromText, field);
	// A single number with a step continues to the end of the field.
	const openEnd = stepText === undefined ? from : field.max;
	const to = toText === undefined ? openEnd : parseNumber(toText, field);
	if (from === undefined || to === undefined || to < from || others.length > 0) return undefined;
	return { from, to, step };
}

/** Parses a number or a name; returns `undefined` if it is invalid or out of range. */
function parseNumber(text: string | undefined, { min, max, names = [] }: CronField): number | undefined {
	const index = names.indexOf((text ?? '').toUpperCase());
	if (index >= 0) return min + index;
	const number = /^\d{1,4}$/.test(text ?? '') ? Number(text) : Number.NaN;
	return number >= min && number <= max ? number : undefined;
}
