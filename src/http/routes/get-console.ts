import { createDocument, sendDocument } from '../documents/document.ts';
import { ProblemError } from '../problems/problem.ts';
import type { App } from '../typed-app.ts';

/** Settings of the page that it needs before its first request. */
export interface ConsoleSettings {
	/** `jwt`: requests need a bearer token, for which the page asks. */
	readonly auth: 'jwt' | 'none';
	/** Whether the routes below `/_local` exist. */
	readonly isLocal: boolean;
}

/** The files that the page loads, as Vite builds them from `src/console`. */
const ASSETS = [
	{ name: 'console.js', mediaType: 'text/javascript' },
	{ name: 'console.css', mediaType: 'text/css' },
	{ name: 'icon.svg', mediaType: 'image/svg+xml' },
] as const;

/** Path of a file below the folder that Vite builds. */
export type ConsoleFile = 'index.html' | `assets/${(typeof ASSETS)[number]['name']}`;

/** Dependencies of the console. */
export interface GetConsoleRoute {
	/** Reads a file of the built console, as text. */
	readonly readConsoleFile: (name: ConsoleFile) => Promise<string>;
	readonly consoleSettings: ConsoleSettings;
}

/** Clients revalidate by ETag, so a deployment is visible at once. */
const CACHE_CONTROL = 'no-cache';

/** Nothing inline and nothing from another origin. `base-uri` allows the page's own `base`. */
const CONTENT_SECURITY_POLICY = [
	"default-src 'none'",
	"script-src 'self'",
	"style-src 'self'",
	"img-src 'self'",
	"connect-src 'self'",
	"base-uri 'self'",
	"form-action 'none'",
	"frame-ancestors 'none'",
].join('; ');

/** Registers the console: one page at every path below `/console`, and the files that it loads. It contains no data. */
export function registerGetConsole(app: App, { readConsoleFile, consoleSettings }: GetConsoleRoute): void {
	for (const url of ['/console', '/console/*']) {
		app.route({
			method: 'GET',
			url,
			config: { access: 'public', mediaType: 'text/html' },
			schema: { hide: true },
			async handler(request, reply) {
				if (request.url.startsWith('/console/assets/'))
					throw new ProblemError('not-found', 'No route matches this path.');
				const page = await createDocument(async () =>
					withSettings(await readConsoleFile('index.html'), request.basePath, consoleSettings),
				)();
				reply.header('content-security-policy', CONTENT_SECURITY_POLICY);
				return sendDocument(request, reply, page, { mediaType: 'text/html', cacheControl: CACHE_CONTROL });
			},
		});
	}
	for (const { name, mediaType } of ASSETS) {
		app.route({
			method: 'GET',
			url: `/console/assets/${name}`,
			config: { access: 'public', mediaType },
			schema: { hide: true },
			async handler(request, reply) {
				const file = await createDocument(() => readConsoleFile(`assets/${name}`))();
				return sendDocument(request, reply, file, { mediaType, cacheControl: CACHE_CONTROL });
			},
		});
	}
}

/** Points the page's relative addresses at its own base path, and gives it the settings. */
function withSettings(html: string, basePath: string, { auth, isLocal }: ConsoleSettings): string {
	return html
		.replace('<base href="/console/" />', `<base href="${basePath}/console/" />`)
		.replace('data-auth="none"', `data-auth="${auth}"`)
		.replace('data-local="true"', `data-local="${isLocal}"`);
}
