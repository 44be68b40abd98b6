import type { Run, Visit } from './run.ts';

/**
 * The attempt of a Parallel or Map that a redrive goes on with: its last, whose finished children count, unless their
 * outputs together were too large. A restart goes through what was tried since, and finds it in the history.
 */
export function firstAttempt({ history, redrivenEventId, execution }: Run, { key }: Visit): number {
	let tries = 0;
	while ((history.find(`${key}/a${tries}/started`)?.id ?? Number.POSITIVE_INFINITY) < redrivenEventId)
		tries++;
	if (tries === 0) return 0;
	const { error } = history.find(`ended/${execution.redriveCount - 1}`)?.details ?? {};
	const wasTooLarge = error === 'States.DataLimitExceeded' && history.find(`${key}/a${tries - 1}/succeeded`);
	return wasTooLarge ? tries : tries - 1;
}
