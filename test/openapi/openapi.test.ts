import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { test } from 'tap';
import { openapiText } from '../../openapi/document.ts';

const DOCUMENT = new URL('../../openapi/openapi.json', import.meta.url);

test('the committed document matches the routes', async (t) => {
	t.equal(await readFile(DOCUMENT, 'utf8'), await openapiText(), 'run `npm run openapi`');
});

test('the linter reports no errors or warnings', async (t) => {
	const { stdout } = await promisify(execFile)('redocly', ['lint', '--format=json', DOCUMENT.pathname], {
		env: { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' },
	});
	const { totals } = JSON.parse(stdout);
	t.match(totals, { errors: 0, warnings: 0 });
});
