/** Returns the first time after `afterMs`, in epoch milliseconds, or `undefined` after the last one. */
export type NextTime = (afterMs: number) => number | undefined;

/** A time zone. */
export interface TimeZone {
	/** Returns the first time at which clocks show `wallMs`, written as if in UTC; `undefined` if daylight saving skips it. */
	readonly timeOf: (wallMs: number) => number | undefined;
	/** Returns what clocks show, written as if in UTC. */
	readonly wallOf: (timeMs: number) => number;
}

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

/** Returns an IANA time zone, or `undefined` if it is unknown. */
export function findTimeZone(timeZone: string): TimeZone | undefined {
	// Node also accepts offsets such as +02:00, which are no IANA names.
	if (!/^[A-Za-z]/.test(timeZone)) return undefined;
	let format: Intl.DateTimeFormat;
	try {
		format = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' });
	} catch {
		return undefined;
	}
	const offset = (timeMs: number) => {
		const name = format.formatToParts(timeMs).find(({ type }) => type === 'timeZoneName')?.value ?? '';
		const [, sign, hours, minutes] = /^GMT([+-])(\d\d):(\d\d)/.exec(name) ?? [];
		const offsetMs = (Number(hours ?? 0) * 60 + Number(minutes ?? 0)) * MINUTE_MS;
		return sign === '-' ? -offsetMs : offsetMs;
	};
	return {
		wallOf: (timeMs) => timeMs + offset(timeMs),
		timeOf: (wallMs) =>
			[wallMs - offset(wallMs - DAY_MS), wallMs - offset(wallMs + DAY_MS)].find(
				(timeMs) => timeMs + offset(timeMs) === wallMs,
			),
	};
}

/**
 * Evaluates an expression in a time zone. A time that daylight saving skips is left out, and one that it repeats counts
 * once: https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#daylist-savings-time
 */
export function inTimeZone(nextOnWall: NextTime, { timeOf, wallOf }: TimeZone): NextTime {
	return (afterMs) => {
		let wallMs = nextOnWall(wallOf(afterMs));
		while (wallMs !== undefined) {
			const timeMs = timeOf(wallMs);
			if (timeMs !== undefined && timeMs > afterMs) return timeMs;
			wallMs = nextOnWall(wallMs);
		}
		return undefined;
	};
}
