import type { Run, Visit } from './run.ts';

/**
 * The attempt that a state's work goes on with. A redrive tries a Task anew; a Parallel or Map goes on with its last try,
 * whose finished children count. A restart goes through what was tried since, and finds it in the history.
 */
export function firstAttempt(
	{ history, redrivenEventId }: Run,
	{ key }: Visit,
	after: 'new' | 'last',
): number {
	const began = after === 'new' ? 'scheduled' : 'started';
	let tries = 0;
	while ((history.find(`${key}/a${tries}/${began}`)?.id ?? Number.POSITIVE_INFINITY) < redrivenEventId)
		tries++;
	return after === 'new' ? tries : Math.max(0, tries - 1);
}
