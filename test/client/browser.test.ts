import { resolve } from 'node:path';
import { build } from 'esbuild';
import { test } from 'tap';
import { bootConsole } from '../console/boot-console.ts';
import { NO_BROWSER, openPage } from '../support/browser.ts';

test('the client creates a task in a browser and waits for its result', { skip: NO_BROWSER }, async (t) => {
	const { url, browser } = await bootConsole(t);
	const { outputFiles } = await build({
		entryPoints: [resolve(import.meta.dirname, '../../src/client/index.ts')],
		bundle: true,
		write: false,
		platform: 'browser',
		format: 'iife',
		globalName: 'taskApi',
	});
	const { page, errors } = await openPage(browser, `${url}/console`);
	const task = await page.evaluate(`(async () => {
		${outputFiles[0]?.text}
		const client = taskApi.createClient({ baseUrl: '' });
		return client.wait(await client.create({ type: 'greeting', data: { name: 'Ada' } }));
	})()`);
	t.match(task, { status: 'SUCCEEDED', result: { message: 'Hello Ada' } });
	t.strictSame(errors, []);
});
