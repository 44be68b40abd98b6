import type { Catcher, Retrier } from './definition-schema.ts';
import type { StateError } from './state-error.ts';

/** Whether a retrier or catcher is for this error. Nothing is for `States.Runtime`: it always fails the execution. */
export function matches(
	{ ErrorEquals }: Pick<Retrier, 'ErrorEquals'>,
	{ error, alias }: StateError,
): boolean {
	if (error === 'States.Runtime') return false;
	return ErrorEquals.some((name) => {
		if (name === error || name === alias) return true;
		if (error === 'States.DataLimitExceeded') return false;
		return name === 'States.ALL' || (name === 'States.TaskFailed' && error !== 'States.Timeout');
	});
}

/** The state's retries since it was entered or redriven, one counter for each retrier. */
export interface Retries {
	/** Milliseconds to wait before the next attempt, or undefined where there is none. */
	next(error: StateError): number | undefined;
}

export function createRetries(retriers: readonly Retrier[], random: () => number): Retries {
	const counts = retriers.map(() => 0);
	return {
		next(error) {
			const index = retriers.findIndex((retrier) => matches(retrier, error));
			const retrier = retriers[index];
			const count = counts[index] ?? 0;
			if (retrier === undefined || count >= (retrier.MaxAttempts ?? 3)) return undefined;
			counts[index] = count + 1;
			return delayMs(retrier, count, random);
		},
	};
}

function delayMs(retrier: Retrier, count: number, random: () => number): number {
	const {
		IntervalSeconds = 1,
		BackoffRate = 2,
		MaxDelaySeconds = Number.POSITIVE_INFINITY,
		JitterStrategy,
	} = retrier;
	const longestMs = Math.min(MaxDelaySeconds, IntervalSeconds * BackoffRate ** count) * 1000;
	return JitterStrategy === 'FULL' ? random() * longestMs : longestMs;
}

export function catcherFor(catchers: readonly Catcher[], error: StateError): Catcher | undefined {
	return catchers.find((catcher) => matches(catcher, error));
}
