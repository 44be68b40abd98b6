/** A clock that jumps from one planned action to the next. The same actions run in the same order. */
export interface VirtualTime {
	readonly now: () => number;
	readonly sleep: (ms: number) => Promise<void>;
	/** Runs the action after this many milliseconds. */
	after(ms: number, action: () => void): void;
	/** Runs all actions until this time. */
	readonly runUntil: (atMs: number) => Promise<void>;
}

interface Entry {
	readonly atMs: number;
	readonly action: () => void;
}

/** Creates a virtual clock. */
export function createVirtualTime(startMs: number): VirtualTime {
	let nowMs = startMs;
	/** Sorted by time; actions of the same time run in the order of their planning. */
	const planned: Entry[] = [];
	const time: VirtualTime = {
		now: () => nowMs,
		sleep: (ms) => new Promise((resolve) => time.after(ms, resolve)),
		after(ms, action) {
			const atMs = nowMs + Math.max(0, Math.floor(ms));
			const later = planned.findLastIndex((entry) => entry.atMs <= atMs);
			planned.splice(later + 1, 0, { atMs, action });
		},
		async runUntil(atMs) {
			await settle();
			for (let next = planned[0]; next !== undefined && next.atMs <= atMs; next = planned[0]) {
				planned.shift();
				nowMs = next.atMs;
				next.action();
				await settle();
			}
			nowMs = atMs;
		},
	};
	return time;
}

/** Every promise that can settle now has settled by the next tick, which comes once the queue of microtasks is empty. */
const settle = () => new Promise<void>((resolve) => process.nextTick(resolve));
