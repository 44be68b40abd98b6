import { readFile } from 'node:fs/promises';
import type { RequestListener } from 'node:http';
import { resolve } from 'node:path';
import { CONSOLE_FOLDER } from '../deploy/build-console.ts';
import { createConsoleApp } from '../http/app.ts';
import type { Log as LocalLog } from '../local-aws/index.ts';
import type { Log, LogFields } from '../tasks/log.ts';
import type { LocalSettings } from './settings.ts';

/** Short addresses of a laptop and the pages that they lead to. */
const REDIRECTS = { '/': '/console', '/console/': '/console', '/docs': '/v1/docs', '/v1': '/v1/docs' };

/** Creates the pages beside the API: the console, and redirects from short addresses. */
export function createConsolePages(
	auth: LocalSettings['auth'],
	log: LocalLog,
): Readonly<Record<string, RequestListener>> {
	const app = createConsoleApp({
		readConsoleFile: (name) => readFile(resolve(CONSOLE_FOLDER, name), 'utf8'),
		consoleSettings: { auth, isLocal: true },
		findCaller: () => undefined,
		log: withFields(log, { functionName: 'console' }),
	});
	const console: RequestListener = (request, response) => {
		void app.ready().then(() => app.routing(request, response));
	};
	return {
		...Object.fromEntries(
			Object.entries(REDIRECTS).map(([path, location]) => [
				path,
				(_request, response) => void response.writeHead(302, { location }).end(),
			]),
		),
		'/console': console,
		'/console/*': console,
	};
}

function withFields(log: LocalLog, fields: LogFields): Log {
	return {
		info: (message, more) => log.info(message, { ...fields, ...more }),
		warn: (message, more) => log.warn(message, { ...fields, ...more }),
		error: (message, more) => log.error(message, { ...fields, ...more }),
		with: (more) => withFields(log, { ...fields, ...more }),
	};
}
