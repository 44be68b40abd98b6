import type { Test } from 'tap';
import { bootPackaged } from '../../src/local/start-stack.ts';
import { launchBrowser } from '../support/browser.ts';
import { createMovableClock } from '../support/movable-clock.ts';
import { createRecordingLog } from '../support/recording-log.ts';

/** Boots a stack and starts a browser; both end with the test. */
export async function bootConsole(t: Test, auth: 'none' | 'jwt' = 'none') {
	const clock = createMovableClock();
	const { log } = createRecordingLog();
	const stack = await bootPackaged({ port: 0, auth }, { log, clock });
	t.teardown(() => stack.close());
	return { stack, url: stack.url, clock, browser: await launchBrowser(t) };
}
