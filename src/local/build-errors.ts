/** The kinds of checks that `npm run dev` repeats after each change. */
type Check = 'build' | 'types';

/** The errors of the sources as they are now, which the console shows until they are corrected. */
export interface BuildErrors {
	/** Replaces the errors that the check found in its last run. */
	replace(check: Check, errors: readonly string[]): void;
	/** Returns the errors of the last run of each check. */
	list(): readonly string[];
}

/** Creates an empty list of errors. */
export function createBuildErrors(): BuildErrors {
	const found = new Map<Check, readonly string[]>();
	return {
		replace: (check, errors) => void found.set(check, errors),
		list: () => [...found.values()].flat(),
	};
}
