import type { Test } from 'tap';
import { createBuildErrors } from '../../src/local/build-errors.ts';
import { bootPackaged } from '../../src/local/start-stack.ts';
import { createSystemClock } from '../../src/local-aws/index.ts';
import { launchBrowser } from '../support/browser.ts';
import { createRecordingLog } from '../support/recording-log.ts';

/** Boots a stack and starts a browser; both end with the test. */
export async function bootConsole(t: Test, auth: 'none' | 'jwt' = 'none') {
	const { log } = createRecordingLog();
	const buildErrors = createBuildErrors();
	const stack = await bootPackaged({ port: 0, auth }, { log, buildErrors, clock: createSystemClock() });
	t.teardown(() => stack.close());
	return { stack, buildErrors, url: stack.url, browser: await launchBrowser(t) };
}
