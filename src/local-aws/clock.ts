/** The source of time; tests pass one that they control. */
export interface Clock {
	/** Epoch milliseconds. */
	now(): number;
	/** Calls `action` once, in `ms`; the returned function cancels it. */
	after(ms: number, action: () => void): () => void;
}

/** The limit of `setTimeout`, which fires immediately above it. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1;

/** Creates a clock of the system time. */
export function createSystemClock(): Clock {
	return {
		now: Date.now,
		after(ms, action) {
			const dueMs = Date.now() + ms;
			let timer: NodeJS.Timeout;
			const wait = () => {
				const leftMs = dueMs - Date.now();
				timer =
					leftMs > MAX_TIMEOUT_MS
						? setTimeout(wait, MAX_TIMEOUT_MS)
						: setTimeout(action, Math.max(0, leftMs));
			};
			wait();
			return () => clearTimeout(timer);
		},
	};
}
