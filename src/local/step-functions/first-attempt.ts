import type { Run, Visit } from './run.ts';

/** The attempt of a Parallel or Map to go on with: after a restart or redrive the last one, whose finished children count. */
export function firstAttempt({ history }: Run, { key }: Visit): number {
	let attempt = 0;
	while (history.find(`${key}/a${attempt + 1}/started`) !== undefined) attempt++;
	return attempt;
}
