import { type Test, test } from 'tap';
import { type ConsoleAppDependencies, createConsoleApp } from '../../src/http/app.ts';
import { createRecordingLog } from '../support/recording-log.ts';

const PAGE = '<html data-auth="none" data-local="true"><head><base href="/console/" /></head></html>';

function createConsole(t: Test, options: Partial<ConsoleAppDependencies> = {}) {
	const app = createConsoleApp({
		readConsoleFile: async (name) => (name === 'index.html' ? PAGE : `content of ${name}`),
		consoleSettings: { auth: 'jwt', isLocal: false },
		findCaller: () => undefined,
		log: createRecordingLog().log,
		...options,
	});
	t.teardown(() => app.close());
	return app;
}

const AS_BROWSER = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };

test('every path below /console is the page, which runs its own files only', async (t) => {
	const app = createConsole(t);
	for (const url of ['/console', '/console/tasks/x', '/console/new?type=order']) {
		const response = await app.inject({ url, headers: AS_BROWSER });
		t.match(response, { statusCode: 200, headers: { 'content-type': /^text\/html/ } }, url);
		t.match(response.body, 'data-auth="jwt" data-local="false"');
		t.notMatch(response.headers['content-security-policy'], /unsafe|https?:|\*/);
	}
	t.equal((await app.inject({ method: 'HEAD', url: '/console' })).statusCode, 200);
	t.equal((await app.inject({ method: 'POST', url: '/console' })).statusCode, 405);
});

test('addresses of the page hold behind the base path of an API mapping', async (t) => {
	const app = createConsole(t, { mappedPath: () => '/jobs' });
	t.match((await app.inject('/console')).body, '<base href="/jobs/console/" />');
});

test('files have their media types, and are revalidated by ETag', async (t) => {
	const app = createConsole(t);
	for (const [name, type] of Object.entries({
		'console.js': 'text/javascript',
		'console.css': 'text/css',
		'icon.svg': 'image/svg+xml',
	})) {
		const url = `/console/assets/${name}`;
		const { statusCode, headers, body } = await app.inject(url);
		t.match({ statusCode, headers, body }, { statusCode: 200, body: `content of assets/${name}` });
		t.match(headers, {
			'content-type': new RegExp(`^${type.replace('+', '\\+')}`),
			'cache-control': 'no-cache',
		});
		const known = { 'if-none-match': String(headers['etag']) };
		t.equal((await app.inject({ url, headers: known })).statusCode, 304);
	}
	t.equal((await app.inject('/console/assets/missing.js')).statusCode, 404);
});
