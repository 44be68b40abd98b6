import { existsSync } from 'node:fs';
import axe from 'axe-core';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import type { Test } from 'tap';

/** Where Debian's package installs Chromium. */
const CHROMIUM = '/usr/bin/chromium';

/** How Chromium is started: as root, without a display and without requests of its own. */
export const BROWSER = {
	executablePath: CHROMIUM,
	args: [
		'--no-sandbox',
		'--disable-gpu',
		'--disable-quic',
		'--no-first-run',
		'--disable-background-networking',
		'--disable-component-update',
		'--disable-sync',
	],
};

/** Why browser tests are skipped on this machine; `false` if they run. CI never skips them. */
export const NO_BROWSER =
	existsSync(CHROMIUM) || process.env['CI'] === 'true' ? false : `${CHROMIUM} is not installed`;

/** A page with everything that a test must not find there. */
export interface ObservedPage {
	readonly page: Page;
	/** Messages of the console that are errors, and uncaught errors. */
	readonly errors: readonly string[];
	/** URLs of requests to another origin than the page's. */
	readonly foreignRequests: readonly string[];
	/** Returns the violations of WCAG 2.2 AA that axe finds. */
	readonly violations: () => Promise<readonly string[]>;
}

/** The answers to requests that the user got wrong; a browser logs them as errors. */
const EXPECTED_ERROR = /^Failed to load resource: the server responded with a status of (409|422)/;

/** As long as the polls of other tests. */
const MAX_WAIT_MS = 120_000;

/** Starts Chromium, and closes it when the test ends. */
export async function launchBrowser(t: Test): Promise<Browser> {
	const browser = await chromium.launch(BROWSER);
	t.teardown(() => browser.close());
	return browser;
}

/** Opens a page of its own session at a URL. */
export async function openPage(
	browser: Browser,
	url: string,
	options: BrowserContextOptions = {},
): Promise<ObservedPage> {
	const context = await browser.newContext({ viewport: { width: 1280, height: 860 }, ...options });
	const page = await context.newPage();
	page.setDefaultTimeout(MAX_WAIT_MS);
	const errors: string[] = [];
	const foreignRequests: string[] = [];
	page.on('console', (message) => {
		if (message.type() === 'error' && !EXPECTED_ERROR.test(message.text())) errors.push(message.text());
	});
	page.on('pageerror', (error) => errors.push(error.stack ?? error.message));
	page.on('request', (request) => {
		if (!/^(data|blob):/.test(request.url()) && new URL(request.url()).origin !== new URL(url).origin)
			foreignRequests.push(request.url());
	});
	await page.goto(url);
	return { page, errors, foreignRequests, violations: () => findViolations(page) };
}

interface AxeNode {
	readonly target: readonly unknown[];
	readonly failureSummary?: string;
}

async function findViolations(page: Page): Promise<readonly string[]> {
	// Evaluated by the debugger, which the page's Content-Security-Policy does not restrict.
	await page.evaluate(axe.source);
	const violations: readonly { readonly id: string; readonly nodes: readonly AxeNode[] }[] =
		await page.evaluate(`axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] })
			.then(({ violations }) => violations)`);
	return violations.flatMap(({ id, nodes }) =>
		nodes.map(({ target, failureSummary = '' }) => `${id}: ${target.join(' ')} ${failureSummary}`),
	);
}
