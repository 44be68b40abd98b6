import { resolve } from 'node:path';
import { chromium } from 'playwright-core';
import { startStack } from '../../src/local/start-stack.ts';
import { SILENT } from '../../src/local-aws/index.ts';
import { BROWSER } from '../support/browser.ts';

/** Renews the picture in the README: a release that waits for its approval. */
const PICTURE = resolve(import.meta.dirname, '../../src/console/screenshot.png');

await using closing = new AsyncDisposableStack();
const stack = closing.adopt(await startStack({ port: 0, auth: 'none' }, SILENT), (each) => each.close());
const browser = closing.adopt(await chromium.launch(BROWSER), (each) => each.close());
const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, colorScheme: 'light' });
const page = await context.newPage();
await page.goto(`${stack.url}/console/new?type=release`);
await page.getByLabel('Tags').fill('team:web');
await page.getByRole('button', { name: 'Create task' }).click();
await page.locator('[data-state="AwaitApproval"][data-status="waiting"]').waitFor({ timeout: 60_000 });
await page.screenshot({ path: PICTURE });
