import { type CalendarDay, type DayTest, daysIn, parseDayOfMonth, parseDayOfWeek } from './cron-day.ts';
import { parseCronField } from './cron-field.ts';

const MINUTES = { min: 0, max: 59 } as const;
const HOURS = { min: 0, max: 23 } as const;
const MONTHS = {
	min: 1,
	max: 12,
	names: ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'],
} as const;
const YEARS = { min: 1970, max: 2199 } as const;
const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

/**
 * The first time after `afterMs` of `minutes hours day-of-month month day-of-week year`, in UTC: a function that is
 * undefined where the expression is malformed, and answers undefined where the years it names are over.
 */
export function parseCron(expression: string): ((afterMs: number) => number | undefined) | undefined {
	const [minuteText, hourText, dayOfMonth, monthText, dayOfWeek, yearText, ...others] = expression.split(' ');
	const minutes = parseCronField(minuteText ?? '', MINUTES);
	const hours = parseCronField(hourText ?? '', HOURS);
	const months = parseCronField(monthText ?? '', MONTHS);
	const years = parseCronField(yearText ?? '', YEARS);
	const isDay = parseDays(dayOfMonth ?? '', dayOfWeek ?? '');
	if (!minutes || !hours || !months || !years || !isDay || others.length > 0) return undefined;
	const timesMs = hours.flatMap((hour) => minutes.map((minute) => (hour * 60 + minute) * MINUTE_MS));
	return (afterMs) => {
		for (const { year, month, day } of daysFrom(afterMs, years, months)) {
			if (!isDay({ year, month, day })) continue;
			const midnightMs = Date.UTC(year, month - 1, day);
			const timeMs = timesMs.find((ms) => midnightMs + ms > afterMs);
			if (timeMs !== undefined) return midnightMs + timeMs;
		}
		return undefined;
	};
}

/** Of the two fields for days one says which, and the other must be `?`. */
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
			const last = daysIn({ year, month, day: 1 });
			for (let day = 1; day <= last; day += 1) {
				if (Date.UTC(year, month - 1, day) + DAY_MS > fromMs) yield { year, month, day };
			}
		}
	}
}
