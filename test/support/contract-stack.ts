import type { Test } from 'tap';
import { bootPackaged } from '../../src/local/start-stack.ts';
import type { Stack } from '../../src/local-aws/index.ts';
import { createMovableClock } from './movable-clock.ts';
import { createRecordingLog } from './recording-log.ts';

/** Boots a stack for a contract suite unless a real AWS endpoint is given; closes it with the test. */
export async function bootUnless(t: Test, realEndpoint: string | undefined): Promise<Stack | undefined> {
	if (realEndpoint !== undefined) return undefined;
	const { log } = createRecordingLog();
	const stack = await bootPackaged({ port: 0, auth: 'none' }, { log, clock: createMovableClock() });
	t.teardown(() => stack.close());
	return stack;
}
