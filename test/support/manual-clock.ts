import { setImmediate } from 'node:timers/promises';
import type { Clock } from '../../src/local-aws/clock.ts';

/** A clock that only the test advances. */
export interface ManualClock extends Clock {
	/** Advances time, fires due timers in order, and lets the work of each settle. */
	advance(ms: number): Promise<void>;
}

export function createManualClock(startMs = Date.UTC(2026, 0, 1)): ManualClock {
	let nowMs = startMs;
	let timers: { dueMs: number; action: () => void }[] = [];
	return {
		now: () => nowMs,
		after(ms, action) {
			const timer = { dueMs: nowMs + Math.max(0, ms), action };
			timers.push(timer);
			return () => {
				timers = timers.filter((other) => other !== timer);
			};
		},
		async advance(ms) {
			const untilMs = nowMs + ms;
			await setImmediate();
			for (;;) {
				const next = timers.filter(({ dueMs }) => dueMs <= untilMs).toSorted((a, b) => a.dueMs - b.dueMs)[0];
				if (next === undefined) break;
				timers = timers.filter((other) => other !== next);
				nowMs = Math.max(nowMs, next.dueMs);
				next.action();
				await setImmediate();
			}
			nowMs = untilMs;
		},
	};
}
