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
	const { url, browser, buildErrors } = await bootConsole(t);

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

	await t.test('a task with a delay shows the time of its start, and can be cancelled before', async (t) => {
		const { page, errors } = await openPage(browser, `${url}/console/new?type=greeting`);
		await page.getByLabel('Delay').fill('3600');
		await page.getByText('"delay_seconds":3600').waitFor();
		await page.getByRole('button', { name: 'Create task' }).click();
		await page.getByText('Starts at', { exact: true }).waitFor();
		await page.getByText('Scheduled', { exact: true }).waitFor();
		await page.getByRole('button', { name: 'Cancel task' }).click();
		await page.getByLabel('Reason').press('Enter');
		await page.getByText('Aborted', { exact: true }).first().waitFor();
		t.strictSame(errors, []);
	});

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

	await t.test('a cancel asks for a reason, and a finished task is not read any more', async (t) => {
		const { page, errors } = await openPage(browser, `${url}/console/new?type=release`);
		await page.getByLabel('story_id').fill('CANCEL-1');
		await page.getByRole('button', { name: 'Create task' }).click();
		await page.getByRole('button', { name: 'Cancel task' }).click();
		await page.getByRole('button', { name: 'Keep running' }).click();
		await page.getByRole('button', { name: 'Cancel task' }).click();
		await page.getByLabel('Reason').fill('The story was withdrawn.');
		await page.getByLabel('Reason').press('Enter');
		await page.getByText('The story was withdrawn.', { exact: true }).waitFor();
		await page.getByText('Aborted', { exact: true }).first().waitFor();
		const readings: string[] = [];
		page.on('request', (request) => {
			if (new URL(request.url()).pathname.startsWith('/v1/tasks/')) readings.push(request.url());
		});
		// The banner is polled every two seconds, and a running task every second.
		for (let polls = 0; polls < 2; polls++)
			await page.waitForResponse((response) => response.url().endsWith('/_local/build'));
		t.strictSame(readings, []);
		t.strictSame(errors, []);
	});

	await t.test('a banner shows the errors of the sources until they are corrected', async (t) => {
		const { page, errors, violations } = await openPage(browser, `${url}/console`);
		await page.getByRole('heading', { name: 'Tasks' }).waitFor();
		const banner = page.getByRole('alert');
		t.equal(await banner.count(), 0);
		const place = "src/parse.ts:3:7: TS2322: Type 'string' is not assignable to type 'number'.";
		buildErrors.replace('build', ['src/workflows/order/steps.ts:9:1: ERROR: Unexpected end of file']);
		buildErrors.replace('types', [place]);
		await banner.getByText('src/workflows/order/steps.ts:9:1').waitFor();
		await banner.getByText(place).waitFor();
		t.strictSame(await violations(), []);
		buildErrors.replace('build', []);
		await banner.getByText('src/workflows').waitFor({ state: 'hidden' });
		buildErrors.replace('types', []);
		await banner.waitFor({ state: 'hidden' });
		t.strictSame(errors, []);
	});

	await t.test('the system page shows a webhook that has arrived', async (t) => {
		const { page, errors } = await openPage(browser, `${url}/console/system`);
		const receiver = `${url.replace('localhost', '127.0.0.1')}/_local/webhooks`;
		const { status } = await fetch(`${url}/v1/tasks`, {
			method: 'POST',
			headers: { 'content-type': 'application/json' },
			body: JSON.stringify({ type: 'greeting', data: { name: 'Ada' }, webhook: { url: receiver } }),
		});
		t.equal(status, 202);
		await page.getByRole('region', { name: 'Webhooks received' }).getByText('(verified)').waitFor();
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
