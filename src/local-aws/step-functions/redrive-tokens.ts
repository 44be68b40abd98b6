import type { Execution } from './execution.ts';

type Redrive = NonNullable<Execution['redrives']>[number];

/** AWS answers the last ten tokens alike, each for a quarter of an hour (API reference of RedriveExecution). */
const KEPT = 10;
const KEPT_MS = 15 * 60_000;

/** When the execution was redriven by this very request; undefined where it has not come before. */
export function repeatedRedriveAtMs(
	{ redrives = [] }: Execution,
	clientToken: string | undefined,
	nowMs: number,
): number | undefined {
	return redrives.find((redrive) => redrive.clientToken === clientToken && redrive.atMs > nowMs - KEPT_MS)
		?.atMs;
}

export function withRedrive({ redrives = [] }: Execution, redrive: Redrive): Redrive[] {
	return [...redrives, redrive].slice(-KEPT);
}
