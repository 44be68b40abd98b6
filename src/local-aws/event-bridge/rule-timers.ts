import type { Clock } from '../clock.ts';
import type { Schedule } from './schedule.ts';

/** Fires scheduled rules when they are due. */
export interface RuleTimers {
	/** Begins to count: schedules set before count from here. */
	start(): void;
	/** Sets, changes or, without a schedule, ends the schedule of a rule; one that is the same object runs on. */
	set(ruleName: string, schedule: Schedule | undefined): void;
	close(): void;
}

/** Stands still until it is started. */
export function createRuleTimers(clock: Clock, fire: (ruleName: string) => void): RuleTimers {
	const schedules = new Map<string, Schedule>();
	const callOffs = new Map<string, () => void>();
	let isRunning = false;

	const arm = (ruleName: string, schedule: Schedule, fromMs: number) => {
		const nowMs = clock.now();
		const plannedMs = schedule.next(fromMs);
		// A machine that slept does not make up for the firings that it missed.
		const dueMs = plannedMs !== undefined && plannedMs <= nowMs ? schedule.next(nowMs) : plannedMs;
		if (dueMs === undefined) return;
		const onDue = () => {
			arm(ruleName, schedule, dueMs);
			fire(ruleName);
		};
		callOffs.set(ruleName, clock.after(dueMs - nowMs, onDue));
	};

	const disarm = (ruleName: string) => {
		callOffs.get(ruleName)?.();
		callOffs.delete(ruleName);
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
			for (const callOff of callOffs.values()) callOff();
			callOffs.clear();
		},
	};
}
