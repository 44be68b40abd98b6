import scalar, { type ApiReferenceConfiguration } from '@scalar/fastify-api-reference';
import fastify from 'fastify';

/** The API reference as static files. */
export interface ReferencePage {
	/** HTML that loads `docs/scalar.js` and `openapi.json`. */
	readonly page: string;
	/** Scalar's own script, 4.9 MB. */
	readonly script: string;
}

/** Languages of the code samples; every other one that Scalar knows is hidden. */
const HIDDEN_CLIENTS: NonNullable<ApiReferenceConfiguration['hiddenClients']> = {
	c: true,
	clojure: true,
	csharp: true,
	dart: true,
	fsharp: true,
	go: true,
	http: true,
	java: true,
	julia: true,
	js: ['axios', 'jquery', 'ofetch', 'xhr'],
	kotlin: true,
	node: true,
	objc: true,
	ocaml: true,
	php: true,
	powershell: true,
	python: ['aiohttp', 'httpx_async', 'httpx_sync', 'python3'],
	r: true,
	ruby: true,
	rust: true,
	shell: ['httpie', 'wget'],
	swift: true,
};

const DOCUMENT_URL = '"url": "openapi.json",';

/**
 * The server of requests from the page, computed by the browser: the address above `/v1/docs`, without a slash at its end.
 * With the `/` of the document, Scalar shows `https://host//v1` and ignores a base path.
 */
const SERVER_OF_PAGE = `"servers": [{ "url": new URL('..', location.href).href.replace(/\\/$/, '') }],`;

/**
 * Renders the API reference with Scalar's Fastify plugin. Addresses are relative to `/v1/docs`, so that they hold behind
 * a base path; fonts, telemetry, the request proxy and the assistant of Scalar's own service are off.
 *
 * @throws if the plugin fails.
 */
export async function renderReferencePage(): Promise<ReferencePage> {
	const app = fastify();
	await app.register(scalar, {
		routePrefix: '/docs',
		configuration: {
			url: 'openapi.json',
			cdn: 'docs/scalar.js',
			pageTitle: 'task-api',
			theme: 'default',
			withDefaultFonts: false,
			telemetry: false,
			showDeveloperTools: 'never',
			agent: { disabled: true },
			mcp: { disabled: true },
			hiddenClients: HIDDEN_CLIENTS,
			defaultHttpClient: { targetKey: 'shell', clientKey: 'curl' },
			documentDownloadType: 'none',
		},
	});
	const [page, script] = await Promise.all([app.inject('/docs/'), app.inject('/docs/js/scalar.js')]);
	await app.close();
	if (page.statusCode !== 200 || script.statusCode !== 200)
		throw new Error('Scalar did not render the API reference.');
	if (!page.body.includes(DOCUMENT_URL)) throw new Error('Scalar renders its configuration in another form.');
	// Without an icon of its own, a browser requests /favicon.ico and logs the 404.
	return {
		page: page.body
			.replace(DOCUMENT_URL, () => `${DOCUMENT_URL}\n        ${SERVER_OF_PAGE}`)
			.replace('</head>', '<link rel="icon" href="data:," />\n  </head>'),
		script: script.body,
	};
}
