import { test } from 'tap';
import { bootConsole } from '../console/boot-console.ts';
import { NO_BROWSER, openPage } from '../support/browser.ts';

test('the docs page in a browser', { skip: NO_BROWSER }, async (t) => {
	const { url, browser } = await bootConsole(t);

	await t.test('finds an operation and sends a request', async (t) => {
		const { page, errors, foreignRequests } = await openPage(browser, `${url}/docs`);
		t.equal(new URL(page.url()).pathname, '/v1/docs');
		await page.getByRole('heading', { name: 'Quick start' }).waitFor();
		await page.keyboard.press('ControlOrMeta+k');
		await page.getByRole('option').first().waitFor();
		await page.keyboard.type('health');
		await page.getByRole('option', { name: /Check the health of the service/ }).click();
		await page
			.getByRole('button', { name: /Test Request.*health/i })
			.first()
			.click();
		await page.getByRole('button', { name: `Send get request to ${url}/v1/health` }).waitFor();
		const answered = page.waitForResponse((response) => response.url().endsWith('/v1/health'));
		await page.getByRole('button', { name: /^send/i }).first().click();
		t.equal((await answered).status(), 200);
		t.strictSame(errors, []);
		t.strictSame(foreignRequests, []);
	});

	await t.test('is readable at 390 pixels', async (t) => {
		const viewport = { width: 390, height: 844 };
		const { page, errors } = await openPage(browser, `${url}/v1/docs`, { viewport });
		await page.getByRole('heading', { name: 'Quick start' }).waitFor();
		const overflow = await page.evaluate('document.documentElement.scrollWidth - window.innerWidth');
		t.ok(Number(overflow) <= 0, 'does not scroll sideways');
		t.strictSame(errors, []);
	});
});
