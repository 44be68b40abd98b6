import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { type Test, test } from 'tap';
import { createTaskEntity, toItem } from '../../src/aws/task-entity.ts';
import type { Stack } from '../../src/local-aws/index.ts';
import { createTaskId, type Task } from '../../src/tasks/task.ts';
import { statusOrder } from '../../src/tasks/transition.ts';
import { NO_BROWSER, openPage } from '../support/browser.ts';
import { exampleTask } from '../support/example-task.ts';
import { bootConsole } from './boot-console.ts';

const TASKS = 10_000;
/** How long a hundred pages of the local DynamoDB may take on a busy machine. */
const MAX_LOAD_MS = 200_000;
/** Of 25 items each. */
const CONCURRENT_BATCHES = 8;

/** Writes finished tasks of the principal `local`: one of ten has failed, one of four is an order. */
async function seedTasks(t: Test, stack: Stack): Promise<void> {
	const client = new DynamoDBClient({
		endpoint: stack.awsEndpoint,
		region: stack.region,
		credentials: { accessKeyId: 'x', secretAccessKey: 'x' },
	});
	t.teardown(() => client.destroy());
	const table = String(stack.outputs['TaskTable']);
	const entity = createTaskEntity(client, table);
	const startMs = Date.now() - TASKS;
	const items = Array.from({ length: TASKS }, (_, index) => toItem(seededTask(startMs + index, index)));
	const { unprocessed } = await entity.put(items).go({ concurrent: CONCURRENT_BATCHES });
	t.strictSame(unprocessed, []);
}

function seededTask(createdAtMs: number, index: number): Task {
	const status = index % 10 === 0 ? 'FAILED' : 'SUCCEEDED';
	return exampleTask({
		principal: 'local',
		taskId: createTaskId(createdAtMs),
		type: index % 4 === 0 ? 'order' : 'greeting',
		status,
		tags: { team: `team-${index % 100}` },
		createdAtMs,
		updatedAtMs: createdAtMs + 5,
		startedAtMs: createdAtMs + 1,
		finishedAtMs: createdAtMs + 5,
		expiresAtSeconds: Math.ceil(createdAtMs / 1000) + 3600,
		statusOrder: statusOrder(status, 0),
		...(status === 'FAILED' ? { error: { code: 'RuntimeError', message: 'It failed.' } } : {}),
	});
}

test('a list of 10,000 tasks', { skip: NO_BROWSER }, async (t) => {
	const { stack, url, browser } = await bootConsole(t);
	await seedTasks(t, stack);
	const { page, errors } = await openPage(browser, `${url}/console`);
	const chip = (name: RegExp) => page.getByRole('button', { name });
	const rows = page.locator('.rows-space [role="row"]');
	await chip(/^All 10,000$/).waitFor({ timeout: MAX_LOAD_MS });
	await chip(/^Failed 1,000$/).waitFor();
	await chip(/^Succeeded 9,000$/).waitFor();

	await t.test('only the visible rows are in the document', async (t) => {
		t.ok((await rows.count()) < 60, `${await rows.count()} rows`);
		await page.locator('.rows').evaluate((element) => element.scrollTo(0, element.scrollHeight));
		await page.locator('[role="row"][aria-rowindex="10001"]').waitFor();
		t.ok((await rows.count()) < 60);
	});

	await t.test('the filter is part of the address, and counts every status', async (t) => {
		await chip(/^Failed/).click();
		await page.getByLabel('Filter by type').selectOption('order');
		await chip(/^Failed 500$/).waitFor();
		await chip(/^All 2,500$/).waitFor();
		await page.getByRole('searchbox').fill('team:team-20');
		await chip(/^Failed 100$/).waitFor();
		const { search } = new URL(page.url());
		t.equal(search, '?status=FAILED&type=order&q=team%3Ateam-20');
		t.equal(await page.getByRole('grid').getAttribute('aria-rowcount'), '101');

		const again = await openPage(browser, page.url());
		await again.page.getByRole('button', { name: /^Failed/, pressed: true }).waitFor();
		t.equal(await again.page.getByLabel('Filter by type').inputValue(), 'order');
		t.equal(await again.page.getByRole('searchbox').inputValue(), 'team:team-20');
		t.strictSame(again.errors, []);
		await again.page.context().close();
	});

	await t.test('the keyboard selects and opens a task', async (t) => {
		await page.getByRole('searchbox').press('Escape');
		await page.keyboard.press('j');
		await page.keyboard.press('ArrowDown');
		const selected = page.locator('[role="row"][aria-selected="true"]');
		t.equal(await selected.getAttribute('aria-rowindex'), '3');
		await page.keyboard.press('Enter');
		await page.getByRole('heading', { name: 'order' }).waitFor();
		t.match(new URL(page.url()).pathname, /^\/console\/tasks\/[0-9a-f-]{36}$/);
	});

	await t.test('a count is a minimum while older tasks are not read', async (t) => {
		const olderPages = /\/v1\/tasks\?.*cursor=/;
		const held = Promise.withResolvers<void>();
		await page.route(olderPages, async (route) => {
			await held.promise;
			await route.continue();
		});
		await page.goto(`${url}/console`);
		await chip(/^All 100\+$/).waitFor();
		t.ok(await chip(/^Failed 10\+$/).isVisible());
		held.resolve();
		await chip(/^All ([2-9]00|[\d,]{5,})\+?$/).waitFor();
	});

	t.strictSame(errors, []);
});
