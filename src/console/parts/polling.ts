import { useEffect, useState } from 'preact/hooks';
import { TaskApiError } from '../../client/index.ts';
import { isAborted, messageOf } from '../api.ts';

/** The latest answer of a polled resource. */
export interface Polled<Value> {
	readonly value: Value | undefined;
	readonly error: string | undefined;
	/** Reads again at once. */
	readonly refresh: () => void;
}

/** How long a failed reading waits for the next one. */
const RETRY_MS = 5000;
/** How often a hidden page looks whether it is visible again. */
const HIDDEN_MS = 1000;

/** Whether the server would refuse a repetition too: the resource is missing, or the caller may not read it. */
function isRefusal(error: unknown): boolean {
	return error instanceof TaskApiError && error.status >= 400 && error.status < 429;
}

/**
 * Reads a resource again and again while the page is visible.
 *
 * @param read reads it once.
 * @param intervalMs returns the time to the next reading, or `undefined` when nothing will change any more.
 * @param key starts over when it changes.
 */
export function usePolling<Value>(
	read: (signal: AbortSignal) => Promise<Value>,
	intervalMs: (value: Value) => number | undefined,
	key: string,
): Polled<Value> {
	const [state, setState] = useState<{ key: string; value?: Value; error?: string }>({ key });
	const [refreshes, setRefreshes] = useState(0);
	useEffect(() => {
		const controller = new AbortController();
		let timer = 0;
		/** Reads once and returns the time to the next reading. */
		const readOnce = async (): Promise<number | undefined> => {
			try {
				const value = await read(controller.signal);
				if (!controller.signal.aborted) setState({ key, value });
				return intervalMs(value);
			} catch (error) {
				if (!controller.signal.aborted && !isAborted(error))
					setState((last) => ({ ...(last.key === key ? last : { key }), error: messageOf(error) }));
				return isRefusal(error) ? undefined : RETRY_MS;
			}
		};
		const poll = async () => {
			const ms = document.hidden ? HIDDEN_MS : await readOnce();
			if (ms !== undefined && !controller.signal.aborted) timer = window.setTimeout(() => void poll(), ms);
		};
		void poll();
		return () => {
			controller.abort();
			window.clearTimeout(timer);
		};
	}, [key, refreshes]);
	const current = state.key === key ? state : { key };
	return {
		value: current.value,
		error: current.error,
		refresh: () => setRefreshes((count) => count + 1),
	};
}
