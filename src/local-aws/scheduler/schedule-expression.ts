import { AwsError } from '../endpoint/service.ts';
import { parseCron } from '../event-bridge/cron.ts';
import { findTimeZone, inTimeZone, type NextTime } from './time-zones.ts';

/** The members of a schedule that determine its times. */
export interface ScheduleTiming {
	readonly ScheduleExpression: string;
	/** Default: UTC. */
	readonly ScheduleExpressionTimezone?: string | undefined;
	/** Epoch seconds. The times of a rate count from here. */
	readonly StartDate?: number | undefined;
	/** Epoch seconds. */
	readonly EndDate?: number | undefined;
}

/**
 * Returns the times of a schedule: `rate(5 minutes)`, `cron(0 12 * * ? *)` or `at(2026-11-30T22:50:00)`. Without a start
 * date, a rate begins at `createdMs`.
 * @throws AwsError `ValidationException`
 */
export function parseTiming(timing: ScheduleTiming, createdMs: number): NextTime {
	const { ScheduleExpression, ScheduleExpressionTimezone = 'UTC', StartDate, EndDate } = timing;
	const timeZone = findTimeZone(ScheduleExpressionTimezone);
	if (timeZone === undefined)
		throw new AwsError('ValidationException', 'Provided ScheduleExpressionTimezone is not valid.');
	const startMs = StartDate === undefined ? undefined : StartDate * 1000;
	const endMs = EndDate === undefined ? Number.POSITIVE_INFINITY : EndDate * 1000;
	const [, kind, argument = ''] = /^(rate|cron|at)\(([^()]*)\)$/.exec(ScheduleExpression) ?? [];
	const next = parse();
	if (next === undefined)
		throw new AwsError('ValidationException', `Invalid Schedule Expression ${ScheduleExpression}.`);
	return (afterMs) => {
		const timeMs = next(Math.max(afterMs, (startMs ?? 0) - 1));
		return timeMs === undefined || timeMs > endMs ? undefined : timeMs;
	};

	function parse(): NextTime | undefined {
		if (timeZone === undefined) return undefined;
		if (kind === 'rate') return parseRate(argument, startMs ?? createdMs);
		if (kind === 'at') {
			const wallMs = parseWallTime(argument);
			const timeMs = wallMs === undefined ? undefined : timeZone.timeOf(wallMs);
			return timeMs === undefined ? undefined : (afterMs) => (timeMs > afterMs ? timeMs : undefined);
		}
		const nextOnWall = kind === 'cron' ? parseCron(argument) : undefined;
		return nextOnWall === undefined ? undefined : inTimeZone(nextOnWall, timeZone);
	}
}

/** Parses `2026-11-30T22:50:00` as if in UTC. A day that does not exist is invalid, where `Date` would take a later one. */
function parseWallTime(text: string): number | undefined {
	const timeMs = Date.parse(`${text}Z`);
	return Number.isNaN(timeMs) || new Date(timeMs).toISOString() !== `${text}.000Z` ? undefined : timeMs;
}

const UNIT_MS: Readonly<Record<string, number>> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

/** EventBridge Scheduler accepts both `1 minute` and `1 minutes`. */
function parseRate(rate: string, startMs: number): NextTime | undefined {
	const [, digits, unit = ''] = /^([1-9]\d*) (minute|hour|day)s?$/.exec(rate) ?? [];
	const unitMs = UNIT_MS[unit];
	if (unitMs === undefined) return undefined;
	const periodMs = Number(digits) * unitMs;
	return (afterMs) => startMs + periodMs * Math.max(0, Math.floor((afterMs - startMs) / periodMs) + 1);
}
