import type { Clock } from '../clock.ts';
import type { DocumentTable } from '../document-table.ts';
import { DEFAULT_RETRY_POLICY, type Entry } from './schedule-entry.ts';
import { parseTiming } from './schedule-expression.ts';
import type { NextTime } from './time-zones.ts';

/** Fires schedules at their times. */
export interface Timers {
	set(key: string, entry: Entry): void;
	remove(key: string): void;
	start(): void;
	close(): void;
}

/** Creates the timers of stored schedules. `fire` receives each time at which one is due. */
export function createTimers(
	clock: Clock,
	entries: DocumentTable<Entry>,
	fire: (entry: Entry, timeMs: number) => void,
): Timers {
	const cancelByKey = new Map<string, () => void>();
	let isRunning = false;

	const nextOf = ({ settings, modifiedMs }: Entry): NextTime => parseTiming(settings, modifiedMs);

	/** Stores the next time, and waits for it. */
	const plan = (key: string, entry: Entry, nextMs: number | undefined) => {
		const { nextMs: _, ...rest } = entry;
		const isOver = nextMs === undefined && entry.settings.ActionAfterCompletion === 'DELETE';
		if (isOver) return remove(key);
		const planned = { ...rest, ...(nextMs === undefined ? {} : { nextMs }) };
		entries.put(key, planned);
		if (isRunning) arm(key, planned);
	};

	const arm = (key: string, entry: Entry) => {
		disarm(key);
		const { nextMs, settings } = entry;
		if (nextMs === undefined || settings.State === 'DISABLED') return;
		const onDue = () => {
			const missed = latestMissed(entry, clock.now());
			plan(key, entry, nextOf(entry)(Math.max(nextMs, clock.now())));
			if (missed !== undefined) fire(entry, missed);
		};
		cancelByKey.set(key, clock.after(nextMs - clock.now(), onDue));
	};

	const disarm = (key: string) => {
		cancelByKey.get(key)?.();
		cancelByKey.delete(key);
	};

	const remove = (key: string) => {
		disarm(key);
		entries.delete(key);
	};

	return {
		set(key, entry) {
			// A rate without a start date fires at once.
			plan(key, entry, nextOf(entry)(entry.modifiedMs - 1));
		},
		remove,
		start() {
			isRunning = true;
			for (const entry of entries.all()) {
				const key = `${entry.group}/${entry.settings.Name}`;
				const missed = entry.settings.State === 'DISABLED' ? undefined : latestMissed(entry, clock.now());
				plan(key, entry, nextOf(entry)(clock.now()));
				if (missed !== undefined) fire(entry, missed);
			}
		},
		close() {
			isRunning = false;
			for (const cancel of cancelByKey.values()) cancel();
			cancelByKey.clear();
		},
	};

	/** Returns the latest time until now, if AWS would still retry it: the stack may have been stopped, or the laptop asleep. */
	function latestMissed(entry: Entry, nowMs: number): number | undefined {
		const { nextMs, settings } = entry;
		if (nextMs === undefined) return undefined;
		const { MaximumEventAgeInSeconds = DEFAULT_RETRY_POLICY.MaximumEventAgeInSeconds } =
			settings.Target.RetryPolicy ?? {};
		const next = nextOf(entry);
		let latest: number | undefined;
		for (
			let timeMs = next(Math.max(nextMs, nowMs - MaximumEventAgeInSeconds * 1000) - 1);
			timeMs !== undefined && timeMs <= nowMs;
			timeMs = next(timeMs)
		)
			latest = timeMs;
		return latest;
	}
}
