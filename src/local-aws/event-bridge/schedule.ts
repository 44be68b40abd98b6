import type { Clock } from '../clock.ts';
import { AwsError } from '../endpoint/service.ts';
import { parseCron } from './cron.ts';

/** The times at which a scheduled rule fires, in epoch milliseconds. */
export interface Schedule {
	/** Returns the next time after `afterMs`, or `undefined` after the last one. For a rate, `afterMs` is the previous time. */
	readonly next: (afterMs: number) => number | undefined;
}

const UNIT_MS: Readonly<Record<string, number>> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

/**
 * Parses `rate(5 minutes)` or `cron(0 12 * * ? *)`, in UTC.
 *
 * @throws AwsError `ValidationException`
 */
export function parseSchedule(expression: string): Schedule {
	const [, kind, argument = ''] = /^(rate|cron)\(([^()]*)\)$/.exec(expression) ?? [];
	const next = kind === 'rate' ? parseRate(argument) : kind === 'cron' ? parseCron(argument) : undefined;
	if (next !== undefined) return { next };
	throw new AwsError('ValidationException', `Parameter ScheduleExpression is not valid: ${expression}`);
}

/** AWS requires the singular for 1 and the plural for other values. */
function parseRate(rate: string): Schedule['next'] | undefined {
	const [, digits, unit = '', plural] = /^([1-9]\d*) (minute|hour|day)(s?)$/.exec(rate) ?? [];
	const unitMs = UNIT_MS[unit];
	if (unitMs === undefined || (digits === '1') !== (plural === '')) return undefined;
	const periodMs = Number(digits) * unitMs;
	return (afterMs) => afterMs + periodMs;
}

/** Fires scheduled rules. */
export interface RuleTimers {
	/** Starts all timers; schedules set earlier count from now. */
	start(): void;
	/** Sets or, without a schedule, removes the schedule of a rule. The same object again keeps the running timer. */
	set(ruleName: string, schedule: Schedule | undefined): void;
	close(): void;
}

/** Creates the timers; none runs before `start`. */
export function createRuleTimers(clock: Clock, fire: (ruleName: string) => void): RuleTimers {
	const schedules = new Map<string, Schedule>();
	const cancelByRule = new Map<string, () => void>();
	let isRunning = false;

	const arm = (ruleName: string, schedule: Schedule, fromMs: number) => {
		const nowMs = clock.now();
		const plannedMs = schedule.next(fromMs);
		// After the machine slept, missed times are skipped.
		const dueMs = plannedMs !== undefined && plannedMs <= nowMs ? schedule.next(nowMs) : plannedMs;
		if (dueMs === undefined) return;
		const onDue = () => {
			arm(ruleName, schedule, dueMs);
			fire(ruleName);
		};
		cancelByRule.set(ruleName, clock.after(dueMs - nowMs, onDue));
	};

	const disarm = (ruleName: string) => {
		cancelByRule.get(ruleName)?.();
		cancelByRule.delete(ruleName);
	};

	return {
		start() {
			if (isRunning) return;
			isRunning = true;
			for (const [ruleName, schedule] of schedules) arm(ruleName, schedule, clock.now());
		},
		set(ruleName, schedule) {
			if (schedule === schedules.get(ruleName)) return;
			disarm(ruleName);
			schedules.delete(ruleName);
			if (schedule === undefined) return;
			schedules.set(ruleName, schedule);
			if (isRunning) arm(ruleName, schedule, clock.now());
		},
		close() {
			isRunning = false;
			for (const cancel of cancelByRule.values()) cancel();
			cancelByRule.clear();
		},
	};
}
