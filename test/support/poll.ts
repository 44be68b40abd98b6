import { setTimeout as delay } from 'node:timers/promises';

/** Polls give up after this time, so that a test fails with a message instead of hanging. */
const MAX_POLL_MS = 300_000;

/**
 * Calls `read` until it returns a value other than `undefined`, and returns that.
 *
 * @param subject names the awaited state in the error.
 * @throws if nothing was returned within five minutes.
 */
export async function pollUntil<Value>(
	subject: string,
	read: () => Promise<Value | undefined> | Value | undefined,
	intervalMs: (attempt: number) => number = () => 20,
): Promise<Value> {
	const deadlineMs = performance.now() + MAX_POLL_MS;
	for (let attempt = 0; performance.now() < deadlineMs; attempt += 1) {
		const value = await read();
		if (value !== undefined) return value;
		await delay(intervalMs(attempt));
	}
	throw new Error(`Gave up waiting for ${subject} after ${MAX_POLL_MS / 1000} s.`);
}
