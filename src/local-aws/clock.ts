/** The source of time; tests pass one that they control. */
export interface Clock {
	/** Epoch milliseconds. */
	now(): number;
	/** Calls `action` once, `ms` from now; the returned function calls it off. */
	after(ms: number, action: () => void): () => void;
}

/** Above this setTimeout fires at once. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1;

/** The machine's own time. */
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
