/** Time, randomness and ids, which tests replace. */
export interface Runtime {
	/** Milliseconds since the epoch. */
	readonly now: () => number;
	/** Resolves after the time; rejects with the signal's reason when it aborts. */
	readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
	/** Returns a number from 0 to 1, exclusive. */
	readonly random: () => number;
	/** Returns a new idempotency key. */
	readonly createKey: () => string;
}

/** The runtime of browsers and Node. */
export const SYSTEM_RUNTIME: Runtime = {
	now: () => Date.now(),
	sleep,
	random: () => Math.random(),
	createKey,
};

/** Browsers have `crypto.randomUUID` only for pages of secure origins, so a page on a local network has none. */
function createKey(): string {
	const bytes = crypto.getRandomValues(new Uint8Array(16));
	return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function sleep(ms: number, signal?: AbortSignal): Promise<void> {
	return new Promise((resolve, reject) => {
		if (signal?.aborted === true) {
			reject(signal.reason);
			return;
		}
		const abort = () => {
			clearTimeout(timer);
			reject(signal?.reason);
		};
		const timer = setTimeout(() => {
			signal?.removeEventListener('abort', abort);
			resolve();
		}, ms);
		signal?.addEventListener('abort', abort, { once: true });
	});
}
