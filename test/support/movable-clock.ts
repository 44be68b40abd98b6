import type { Clock } from '../../src/local-aws/clock.ts';

/** The system clock, which a test can advance. */
export interface MovableClock extends Clock {
	/** Advances time; due timers fire immediately. */
	advance(ms: number): void;
}

export function createMovableClock(): MovableClock {
	let aheadMs = 0;
	const now = () => Date.now() + aheadMs;
	const timers = new Set<{ dueMs: number; arm: () => void }>();
	return {
		now,
		after(ms, action) {
			let timeout: NodeJS.Timeout;
			const timer = {
				dueMs: now() + ms,
				arm() {
					clearTimeout(timeout);
					timeout = setTimeout(
						() => {
							timers.delete(timer);
							action();
						},
						Math.min(2 ** 31 - 1, Math.max(0, timer.dueMs - now())),
					);
				},
			};
			timers.add(timer);
			timer.arm();
			return () => {
				clearTimeout(timeout);
				timers.delete(timer);
			};
		},
		advance(ms) {
			aheadMs += ms;
			for (const timer of timers) timer.arm();
		},
	};
}
