import { test } from 'tap';
import { NO_BROWSER, openPage } from '../support/browser.ts';
import { bootConsole } from './boot-console.ts';

/** How long two states with five retries each may take. */
const MAX_RETRIES_MS = 150_000;

/** The states of each type that an example of it passes. */
const PASSED_STATES = {
	greeting: ['Validate', 'Process', 'NotifySuccess'],
	order: ['ProcessOrder', 'InStock', 'NotifyCustomer'],
	'process-channels': ['ProcessChannels', 'ProcessChannel', 'NotifySlack', 'Done'],
};

test('tasks in the console', { skip: NO_BROWSER }, async (t) => {
	const { url, browser } = await bootConsole(t);

	for (const [type, states] of Object.entries(PASSED_STATES)) {
		await t.test(`an example of ${type} turns the graph green`, async (t) => {
			const { page, errors, foreignRequests } = await openPage(browser, `${url}/console/new?type=${type}`);
			await page.getByRole('button', { name: 'Create task' }).click();
			for (const state of states)
				await page.locator(`[data-state="${state}"][data-status="succeeded"]`).waitFor();
			await page.getByText('Succeeded', { exact: true }).first().waitFor();
			t.strictSame(errors, []);
			t.strictSame(foreignRequests, []);
		});
	}

	await t.test('a release waits in its graph until a person approves it', async (t) => {
		const { page, errors } = await openPage(browser, `${url}/console/new?type=release`);
		await page.getByRole('button', { name: 'Create task' }).click();
		await page.locator('[data-state="AwaitApproval"][data-status="waiting"]').waitFor();
		await page.getByLabel('Comment').fill('Looks good.');
		await page.getByRole('button', { name: 'Approve', exact: true }).click();
		await page.locator('[data-state="WriteResult"][data-status="succeeded"]').waitFor();
		await page.getByRole('region', { name: 'Result' }).getByText('"Looks good."').waitFor();
		t.strictSame(errors, []);
	});

	await t.test('a state that fails by a fault is redriven after the fault is off', async (t) => {
		const { page, errors } = await openPage(browser, `${url}/console/system`);
		await page.getByRole('slider', { name: 's3.fail' }).fill('1');
		await page.getByText('1 on').waitFor();
		await page.getByRole('link', { name: 'New', exact: true }).click();
		await page.getByRole('button', { name: 'release' }).click();
		await page.getByLabel('story_id').fill('FAULT-1');
		await page.getByRole('button', { name: 'Create task' }).click();
		await page.getByRole('button', { name: 'Approve', exact: true }).click();
		// Both states retry with backoff before they give up.
		await page
			.locator('[data-state="WriteFailure"][data-status="failed"]')
			.waitFor({ timeout: MAX_RETRIES_MS });
		await page.locator('[data-state="WriteResult"][data-status="caught"]').waitFor();
		const taskPage = page.url();
		await page.getByRole('link', { name: 'System' }).click();
		await page.getByRole('button', { name: 'Reset' }).click();
		await page.getByText('all off').waitFor();
		await page.goto(taskPage);
		await page.getByRole('button', { name: 'Redrive', exact: true }).click();
		await page.locator('[data-state="WriteResult"][data-status="succeeded"]').waitFor();
		await page.getByText('Succeeded', { exact: true }).first().waitFor();
		t.strictSame(errors, []);
	});
});
