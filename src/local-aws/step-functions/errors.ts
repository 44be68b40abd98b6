import type { Catcher, Retrier } from './definition.ts';

interface StateErrorOptions {
	/** A second error name that retriers and catchers match. */
	readonly alias?: string;
	/** The field of the failed expression, such as `Arguments/Payload`. */
	readonly location?: string;
}

/** A failed state or execution: an error name and a cause, as the Amazon States Language defines them. */
export class StateError extends Error {
	override readonly name = 'StateError';
	readonly errorName: string;
	/** The `Cause` of the error. */
	readonly causeText: string | undefined;
	readonly alias: string | undefined;
	readonly location: string | undefined;

	constructor(errorName: string, causeText?: string, { alias, location }: StateErrorOptions = {}) {
		super(causeText === undefined ? errorName : `${errorName}: ${causeText}`);
		this.errorName = errorName;
		this.causeText = causeText;
		this.alias = alias;
		this.location = location;
	}
}

/**
 * Whether a retrier or catcher matches an error.
 *
 * `States.ALL` excludes `States.DataLimitExceeded`, `States.TaskFailed` excludes `States.Timeout`, and nothing matches
 * `States.Runtime`, which always fails the execution (Developer Guide, "Error names").
 */
export function matchesError(
	{ ErrorEquals }: Pick<Retrier, 'ErrorEquals'>,
	{ errorName, alias }: StateError,
): boolean {
	if (errorName === 'States.Runtime') return false;
	return ErrorEquals.some((name) => {
		if (name === errorName || name === alias) return true;
		if (name === 'States.ALL') return errorName !== 'States.DataLimitExceeded';
		return name === 'States.TaskFailed' && errorName !== 'States.Timeout';
	});
}

/** The retries of a state since it was entered or redriven: one counter for each retrier. */
export interface Retries {
	/** Returns the delay before the next attempt in milliseconds, or `undefined` if the error is not retried. */
	nextDelayMs(error: StateError): number | undefined;
}

/** Defaults of the Amazon States Language. */
const DEFAULT_MAX_ATTEMPTS = 3;
const DEFAULT_INTERVAL_SECONDS = 1;
const DEFAULT_BACKOFF_RATE = 2;

/** Creates the counters of a state. */
export function createRetries(retriers: readonly Retrier[], random: () => number): Retries {
	const counts = retriers.map(() => 0);
	return {
		nextDelayMs(error) {
			const index = retriers.findIndex((retrier) => matchesError(retrier, error));
			const retrier = retriers[index];
			const count = counts[index] ?? 0;
			if (retrier === undefined || count >= (retrier.MaxAttempts ?? DEFAULT_MAX_ATTEMPTS)) return undefined;
			counts[index] = count + 1;
			return delayMs(retrier, count, random);
		},
	};
}

function delayMs(retrier: Retrier, count: number, random: () => number): number {
	const {
		IntervalSeconds = DEFAULT_INTERVAL_SECONDS,
		BackoffRate = DEFAULT_BACKOFF_RATE,
		MaxDelaySeconds = Number.POSITIVE_INFINITY,
		JitterStrategy,
	} = retrier;
	const maxMs = Math.min(MaxDelaySeconds, IntervalSeconds * BackoffRate ** count) * 1000;
	return JitterStrategy === 'FULL' ? random() * maxMs : maxMs;
}

/** Returns the index of the first catcher that matches the error, or -1. */
export function findCatcherIndex(catchers: readonly Catcher[], error: StateError): number {
	return catchers.findIndex((catcher) => matchesError(catcher, error));
}
