import { test } from 'tap';
import { NO_BROWSER, openPage } from '../support/browser.ts';
import { createClient } from '../support/client.ts';
import { pollUntil } from '../support/poll.ts';
import { bootConsole } from './boot-console.ts';

const WIDTHS = [390, 1280, 1920];
const COLOR_SCHEMES = ['light', 'dark'] as const;

test('every page is accessible and fits, in each size and colour scheme', { skip: NO_BROWSER }, async (t) => {
	const { url, browser } = await bootConsole(t);
	const { post, finished, request } = createClient(url);
	const failed = await finished((await post({ type: 'greeting', data: { name: ' ' } })).body['task_id']);
	const channels = { channels: ['#billing', 'not a channel'] };
	const mapped = await finished((await post({ type: 'process-channels', data: channels })).body['task_id']);
	const data = { story_id: 'PROJ-1', package_ids: ['web-1'], environment: 'dev' };
	const { body: release } = await post({ type: 'release', data, tags: { team: 'web' } });
	const releasePath = `/v1/tasks/${String(release['task_id'])}`;
	await pollUntil('the approval', async () => (await request('GET', releasePath)).body['waiting_for']);
	const pages = {
		'/console': 'text=PROJ-1',
		'/console/new?type=order': 'text=Create task',
		'/console/system': 'text=StartQueue',
		[`/console/tasks/${String(failed['task_id'])}`]: '[data-state="Validate"][data-status="caught"]',
		[`/console/tasks/${String(mapped['task_id'])}`]:
			'[data-state="ProcessChannels"][data-status="succeeded"]',
		[`/console/tasks/${String(release['task_id'])}`]: '[data-state="AwaitApproval"][data-status="waiting"]',
	};

	for (const width of WIDTHS)
		for (const colorScheme of COLOR_SCHEMES)
			await t.test(`${width} pixels, ${colorScheme}`, async (t) => {
				const options = { viewport: { width, height: 900 }, colorScheme };
				const { page, errors, foreignRequests, violations } = await openPage(
					browser,
					`${url}/console`,
					options,
				);
				for (const [path, landmark] of Object.entries(pages)) {
					await page.goto(`${url}${path}`);
					await page.locator(landmark).first().waitFor();
					t.strictSame(await violations(), [], `${path} is accessible`);
					const overflow = await page.evaluate('document.documentElement.scrollWidth - window.innerWidth');
					t.ok(Number(overflow) <= 0, `${path} does not scroll sideways`);
				}
				t.strictSame(errors, []);
				t.strictSame(foreignRequests, []);
				await page.context().close();
			});
});
