import { test } from 'tap';
import { NO_BROWSER, openPage } from '../support/browser.ts';
import { bootConsole } from './boot-console.ts';

test('with AUTH=jwt the console asks for a principal and calls the API as it', {
	skip: NO_BROWSER,
}, async (t) => {
	const { url, browser } = await bootConsole(t, 'jwt');
	const { page, errors, violations } = await openPage(browser, `${url}/console`);
	await page.getByLabel('Principal').fill('grace');
	t.strictSame(await violations(), []);
	await page.getByRole('button', { name: 'Sign in' }).click();
	await page.getByText('No tasks yet').waitFor();
	await page.getByRole('button', { name: 'Post an example' }).first().click();
	await page.locator('[data-state="NotifySuccess"][data-status="succeeded"]').waitFor();
	t.match(await page.evaluate('sessionStorage.getItem("task-api.token")'), /^ey/);
	t.equal(await page.evaluate('localStorage.getItem("task-api.token")'), null);
	await page.getByRole('button', { name: 'Sign out' }).click();
	await page.getByLabel('Principal').waitFor();
	t.strictSame(errors, []);
});
