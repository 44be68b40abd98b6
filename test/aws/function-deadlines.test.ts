import { globSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { test } from 'tap';
import { CLIENT_SETTINGS, MIN_FUNCTION_TIMEOUT_MS } from '../../src/aws/client-settings.ts';
import { idsOfType } from '../../src/deploy/compiled-template.ts';
import { DEPLOYED_STAGES, packageDeployed } from '../support/deployed-stages.ts';

const PROJECT = resolve(import.meta.dirname, '../..');

/** The upper limit of the SDK's backoff before each attempt after the first, without throttling. */
const MAX_BACKOFFS_MS = [100, 200];

test('all attempts of a call to a silent service end before the timeout of every function', async (t) => {
	const { maxAttempts, requestHandler } = CLIENT_SETTINGS;
	t.equal(MAX_BACKOFFS_MS.length, maxAttempts - 1);
	const callMs =
		maxAttempts * requestHandler.requestTimeout + MAX_BACKOFFS_MS.reduce((sum, ms) => sum + ms, 0);
	t.ok(callMs < MIN_FUNCTION_TIMEOUT_MS, `a call ends within ${callMs} ms`);
	for (const stage of DEPLOYED_STAGES) {
		const { Resources } = Object(await packageDeployed(stage));
		for (const id of idsOfType(Resources, 'AWS::Lambda::Function')) {
			const timeoutMs = Resources[id].Properties.Timeout * 1000;
			t.ok(timeoutMs >= MIN_FUNCTION_TIMEOUT_MS, `${stage}: ${id} has ${timeoutMs} ms`);
		}
	}
});

test('every handler gives its calls the deadline of the invocation', (t) => {
	const files = globSync(['src/lambda/*.ts', 'src/workflows/*/steps.ts'], { cwd: PROJECT });
	t.ok(files.length > 10);
	for (const file of files)
		t.match(readFileSync(resolve(PROJECT, file), 'utf8'), /\b(withInvocation|createSqsHandler)\(/, file);
	t.end();
});
