import { parseCronField, parseCronNumber } from './cron-field.ts';

/** A day of the calendar, in UTC; months from 1. */
export interface CalendarDay {
	readonly year: number;
	readonly month: number;
	readonly day: number;
}

/** Whether a day is one that a cron expression names. */
export type DayTest = (day: CalendarDay) => boolean;

const DAY_OF_MONTH = { min: 1, max: 31 } as const;
const DAY_OF_WEEK = { min: 1, max: 7, names: ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'] } as const;
const SATURDAY = 7;
const SUNDAY = 1;

/** Day-of-month: numbers, `L` the last, `LW` the last weekday, `15W` the weekday nearest to the 15th. */
export function parseDayOfMonth(text: string): DayTest | undefined {
	if (text === 'L') return (day) => day.day === daysIn(day);
	if (text === 'LW') return (day) => day.day === nearestWeekday({ ...day, day: daysIn(day) });
	if (text.endsWith('W')) {
		const target = parseCronNumber(text.slice(0, -1), DAY_OF_MONTH);
		if (target === undefined) return undefined;
		return (day) => target <= daysIn(day) && day.day === nearestWeekday({ ...day, day: target });
	}
	const days = parseCronField(text, DAY_OF_MONTH);
	return days && (({ day }) => days.includes(day));
}

/** Day-of-week, 1 = SUN: numbers or names, `L` Saturday, `6L` the month's last Friday, `3#2` its second Tuesday. */
export function parseDayOfWeek(text: string): DayTest | undefined {
	if (text === 'L') return (day) => weekday(day) === SATURDAY;
	if (text.endsWith('L')) {
		const wanted = parseCronNumber(text.slice(0, -1), DAY_OF_WEEK);
		if (wanted === undefined) return undefined;
		return (day) => weekday(day) === wanted && day.day > daysIn(day) - 7;
	}
	if (text.includes('#')) {
		const [wantedText, nthText] = text.split('#', 2);
		const wanted = parseCronNumber(wantedText, DAY_OF_WEEK);
		const nth = parseCronNumber(nthText, { min: 1, max: 5 });
		if (wanted === undefined || nth === undefined) return undefined;
		return (day) => weekday(day) === wanted && Math.ceil(day.day / 7) === nth;
	}
	const days = parseCronField(text, DAY_OF_WEEK);
	return days && ((day) => days.includes(weekday(day)));
}

/** How many days the day's month has. */
export function daysIn({ year, month }: CalendarDay): number {
	return new Date(Date.UTC(year, month, 0)).getUTCDate();
}

function weekday({ year, month, day }: CalendarDay): number {
	return new Date(Date.UTC(year, month - 1, day)).getUTCDay() + 1;
}

/** Stays within the month: a Saturday the 1st goes on to Monday, a Sunday the last back to Friday. */
function nearestWeekday(target: CalendarDay): number {
	switch (weekday(target)) {
		case SATURDAY:
			return target.day === 1 ? 3 : target.day - 1;
		case SUNDAY:
			return target.day === daysIn(target) ? target.day - 2 : target.day + 1;
		default:
			return target.day;
	}
}
