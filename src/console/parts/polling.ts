import { useEffect, useState } from 'preact/hooks';
import { isAborted, messageOf } from '../api.ts';

/** The latest answer of a polled resource. */
export interface Polled<Value> {
	readonly value: Value | undefined;
	readonly error: string | undefined;
	/** Reads again at once. */
	readonly refresh: () => void;
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
	intervalMs: (value: Value | undefined) => number | undefined,
	key: string,
): Polled<Value> {
	const [state, setState] = useState<{ key: string; value?: Value; error?: string }>({ key });
	const [refreshes, setRefreshes] = useState(0);
	useEffect(() => {
		const controller = new AbortController();
		let timer = 0;
		const readOnce = async (): Promise<Value | undefined> => {
			try {
				const value = await read(controller.signal);
				if (!controller.signal.aborted) setState({ key, value });
				return value;
			} catch (error) {
				if (!controller.signal.aborted && !isAborted(error))
					setState((last) => ({ ...last, key, error: messageOf(error) }));
				return undefined;
			}
		};
		const poll = async (before: Value | undefined) => {
			const value = document.hidden ? before : await readOnce();
			const ms = intervalMs(value);
			if (ms !== undefined && !controller.signal.aborted)
				timer = window.setTimeout(() => void poll(value), ms);
		};
		void poll(undefined);
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
