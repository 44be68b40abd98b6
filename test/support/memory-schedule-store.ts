import * as Value from 'typebox/value';
import {
	MAX_SCHEDULES,
	Schedule,
	type ScheduleKey,
	ScheduleRun,
	type ScheduleStore,
} from '../../src/tasks/schedules.ts';

/** The schedule store of the port's contract in Maps. */
export function createMemoryScheduleStore(): ScheduleStore {
	const schedules = new Map<string, Schedule>();
	const runs = new Map<string, ScheduleRun>();
	const keyOf = ({ principal, scheduleId }: ScheduleKey) => JSON.stringify([principal, scheduleId]);
	const write = (schedule: Schedule): Schedule => {
		Value.Assert(Schedule, schedule);
		schedules.set(keyOf(schedule), structuredClone(schedule));
		return structuredClone(schedule);
	};
	const list = (principal: string) =>
		[...schedules.values()]
			.filter((schedule) => schedule.principal === principal)
			.toSorted((a, b) => (a.scheduleId < b.scheduleId ? -1 : 1));
	return {
		find: async (key) => structuredClone(schedules.get(keyOf(key))),
		list: async (principal) => structuredClone(list(principal)),
		async create(schedule) {
			if (list(schedule.principal).length >= MAX_SCHEDULES) return 'limitReached';
			write(schedule);
			return 'created';
		},
		async swap(before, next) {
			if (schedules.get(keyOf(before))?.version !== before.version) return undefined;
			return write({ ...next, version: before.version + 1 });
		},
		async confirmEntry(schedule) {
			const stored = schedules.get(keyOf(schedule));
			if (stored?.version !== schedule.version) return false;
			write({ ...stored, entryVersion: schedule.version });
			return true;
		},
		remove: async (key) => schedules.delete(keyOf(key)),
		async recordRun(run) {
			Value.Assert(ScheduleRun, run);
			const key = `${keyOf(run)}${run.scheduledAtMs}`;
			const stored = runs.get(key);
			if (run.error !== undefined && stored !== undefined && stored.error === undefined) return;
			runs.set(key, structuredClone(run));
		},
		async listRuns(key, { limit, after = Number.POSITIVE_INFINITY }) {
			const found = [...runs.values()]
				.filter((run) => keyOf(run) === keyOf(key) && run.scheduledAtMs < after)
				.toSorted((a, b) => b.scheduledAtMs - a.scheduledAtMs);
			const page = found.slice(0, limit);
			const last = page.at(-1);
			return {
				runs: structuredClone(page),
				...(found.length > limit && last !== undefined ? { next: last.scheduledAtMs } : {}),
			};
		},
	};
}
