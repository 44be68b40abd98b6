import { type Test, test } from 'tap';
import { bootPackaged } from '../../src/local/start-stack.ts';
import { createSystemClock } from '../../src/local-aws/index.ts';
import { launchBrowser, NO_BROWSER, openPage } from '../support/browser.ts';
import { createClient, type HttpAnswer } from '../support/client.ts';
import { createMovableClock } from '../support/movable-clock.ts';
import { pollUntil } from '../support/poll.ts';
import { createRecordingLog } from '../support/recording-log.ts';

const DAY_MS = 24 * 3600 * 1000;

async function boot(t: Test, { auth = 'none', clock = createMovableClock() }: Partial<Settings> = {}) {
	const { log, lines } = createRecordingLog();
	const stack = await bootPackaged({ port: 0, auth }, { log, clock });
	t.teardown(() => stack.close());
	const { request, finished } = createClient(stack.url);
	type Headers = Readonly<Record<string, string>>;
	const get = (taskId: string, headers: Headers = {}) => request('GET', `/v1/tasks/${taskId}`, { headers });
	/** Creates a release and returns it once it waits. */
	const waiting = async (storyId: string, headers: Headers = {}): Promise<HttpAnswer> => {
		const data = { story_id: storyId, package_ids: ['web-1.4.0'], environment: 'staging' };
		const created = await request('POST', '/v1/tasks', {
			headers: { 'content-type': 'application/json', ...headers },
			body: JSON.stringify({ type: 'release', data }),
		});
		return pollUntil('the approval', async () => {
			const answer = await get(String(created.body['task_id']), headers);
			return answer.body['waiting_for'] === undefined ? undefined : answer;
		});
	};
	const urlOf = ({ body }: Pick<HttpAnswer, 'body'>) =>
		`${stack.url}${String(Object(body['waiting_for']).approval_url)}`;
	const decide = async (url: string, fields: Record<string, string>) => {
		const body = new URLSearchParams(fields);
		const response = await fetch(url, { method: 'POST', body, redirect: 'manual' });
		return { status: response.status, headers: response.headers, text: await response.text() };
	};
	const read = async (url: string) => {
		const response = await fetch(url);
		return { status: response.status, text: await response.text() };
	};
	return { stack, clock, lines, request, finished, get, waiting, urlOf, decide, read };
}

interface Settings {
	readonly auth: 'none' | 'jwt';
	readonly clock: ReturnType<typeof createMovableClock>;
}

test('a release is approved by its link, which then says who decided', async (t) => {
	const { request, finished, get, waiting, urlOf, decide, read } = await boot(t);
	const task = await waiting('LINK-1');
	const taskId = String(task.body['task_id']);
	const url = urlOf(task);
	t.match(await get(taskId, { 'if-none-match': String(task.headers['etag']) }), { status: 304 });
	const list = await request('GET', '/v1/tasks?limit=1');
	t.strictSame(
		Object(list.body['tasks'])[0].waiting_for,
		task.body['waiting_for'],
		'the same link in a list',
	);

	const messages = await pollUntil('the message in Slack', async () => {
		const text = await (await fetch(`${new URL(url).origin}/_local/slack`)).text();
		return text.includes('LINK-1') ? text : undefined;
	});
	const { pathname, search } = new URL(url);
	t.ok(messages.includes(`${pathname}${search}|Approve or reject>`), 'the same link in Slack');
	t.match(await read(url), { status: 200, text: /Approve release LINK-1\?[^]*web-1\.4\.0[^]*staging/ });
	t.equal((await fetch(url, { method: 'HEAD' })).status, 200);
	t.match((await get(taskId)).body, { status: 'RUNNING', waiting_for: {} }, 'reading decides nothing');
	const decision = await decide(url, { decision: 'approve', name: 'Grace', comment: 'Ship it.' });
	t.equal(decision.status, 303);
	t.equal(new URL(decision.headers.get('location') ?? '', url).href, url);
	t.match(await read(url), { status: 200, text: /Approved<\/strong> by Grace[^]*Ship it\./ });
	t.match(await decide(url, { decision: 'reject' }), { status: 409, text: /by Grace/ });

	const answer = {
		message: 'Ship it.',
		answered_by: { principal: 'local', name: 'Grace', via: 'approval-page', address: /^(127\.0\.0\.1|::1)$/ },
	};
	t.match(await finished(taskId), { status: 'SUCCEEDED', result: { approval: answer } });
	const { body } = await request('GET', `/v1/tasks/${taskId}/events`);
	const events: readonly unknown[] = Object(body['events']);
	t.match(
		events.find((event) => Object(event).state === 'AwaitApproval'),
		{ status: 'SUCCEEDED', waiting_since: String, output: { ...answer, at: String } },
		'the timeline shows the decision',
	);
});

test('a rejected release fails with the comment; its link is not the one of the next wait', async (t) => {
	const { request, finished, waiting, urlOf, decide, read, get, clock } = await boot(t);
	const task = await waiting('LINK-2');
	const path = `/v1/tasks/${String(task.body['task_id'])}`;
	const first = urlOf(task);
	t.equal((await decide(first, { decision: 'reject', comment: 'Not today.' })).status, 303);
	t.match(await finished(task.body['task_id']), {
		status: 'FAILED',
		error: { code: 'ApprovalRejected', message: 'Not today.' },
	});
	t.match(await request('POST', `${path}/redrive`), { status: 202 });
	const again = await pollUntil('the second approval', async () => {
		const answer = await get(String(task.body['task_id']));
		return answer.body['waiting_for'] === undefined ? undefined : answer;
	});
	const second = urlOf(again);
	t.not(second, first);
	t.match(await read(first), { status: 410 });
	t.match(await decide(first, { decision: 'approve' }), { status: 410 }, 'a link of the earlier redrive');
	t.match(
		await decide(`${second.slice(0, -1)}_`, { decision: 'approve' }),
		{ status: 404 },
		'a changed link',
	);
	t.match((await get(String(task.body['task_id']))).body, { status: 'RUNNING' });
	clock.advance(DAY_MS);
	t.match(await decide(second, { decision: 'approve' }), { status: 410 }, 'a link after the end of the wait');
	t.match(await read(second), { status: 410, text: /has expired/ });
});

test('only callers who may write tasks see the link, and each only those of their own tasks', async (t) => {
	const { stack, waiting, get } = await boot(t, { auth: 'jwt' });
	const tokenOf = async (sub: string, scope: string) => {
		const response = await fetch(`${stack.url}/_local/tokens`, {
			method: 'POST',
			headers: { 'content-type': 'application/json' },
			body: JSON.stringify({ sub, scope }),
		});
		return { authorization: `Bearer ${Object(await response.json()).access_token}` };
	};
	const writer = await tokenOf('ada', 'task-api/tasks:read task-api/tasks:write');
	const reader = await tokenOf('ada', 'task-api/tasks:read');
	const stranger = await tokenOf('eve', 'task-api/tasks:read task-api/tasks:write');
	const written = await waiting('AUTH-1', writer);
	const taskId = String(written.body['task_id']);
	t.match(Object(written.body['waiting_for']).approval_url, /^\/v1\/approvals\?token=/);
	const read = await get(taskId, reader);
	t.notOk('approval_url' in Object(read.body['waiting_for']));
	t.not(read.headers['etag'], written.headers['etag'], 'two bodies, two ETags');
	t.match(await get(taskId, { ...writer, 'if-none-match': String(read.headers['etag']) }), { status: 200 });
	t.match(await get(taskId, stranger), { status: 404 });
	const anonymous = await fetch(`${stack.url}${String(Object(written.body['waiting_for']).approval_url)}`);
	t.equal(anonymous.status, 200, 'the link itself is the credential');
});

test('a person approves one release and rejects another on a phone, without JavaScript', {
	skip: NO_BROWSER,
}, async (t) => {
	const { log } = createRecordingLog();
	const stack = await bootPackaged({ port: 0, auth: 'none' }, { log, clock: createSystemClock() });
	t.teardown(() => stack.close());
	const { post, request, finished } = createClient(stack.url);
	const browser = await launchBrowser(t);
	const viewport = { width: 390, height: 844 };
	for (const colorScheme of ['light', 'dark'] as const) {
		const isApproved = colorScheme === 'light';
		const storyId = isApproved ? 'PHONE-1' : 'PHONE-2';
		const data = { story_id: storyId, package_ids: ['web-1.4.0', 'x'.repeat(200)], environment: 'prod' };
		const { body } = await post({ type: 'release', data });
		const taskId = String(body['task_id']);
		const waitingFor = await pollUntil(
			'the approval',
			async () => (await request('GET', `/v1/tasks/${taskId}`)).body['waiting_for'],
		);
		const url = `${stack.url}${String(Object(waitingFor).approval_url)}`;
		/** Checks the page in a session of its own: axe needs the JavaScript that the person has disabled. */
		const check = async (name: string) => {
			const { page, violations } = await openPage(browser, url, { viewport, colorScheme });
			const overflow = await page.evaluate('document.documentElement.scrollWidth - window.innerWidth');
			t.ok(Number(overflow) <= 0, `${name} does not scroll sideways, ${colorScheme}`);
			t.strictSame(await violations(), [], `${name} is accessible, ${colorScheme}`);
			await page.context().close();
		};
		await check('the question');
		const options = { viewport, colorScheme, javaScriptEnabled: false };
		const { page, errors, foreignRequests } = await openPage(browser, url, options);
		await page.getByLabel('Your name').fill('Grace');
		await page.getByLabel('Your name').press('Enter');
		await page.getByLabel('Comment').fill('From <my> phone.');
		await page.getByRole('button', { name: isApproved ? 'Approve' : 'Reject' }).click();
		await page.getByText(isApproved ? 'Approved' : 'Rejected', { exact: true }).waitFor();
		await page.getByText('From <my> phone.').waitFor();
		await check('the decision');
		t.match(
			await finished(taskId),
			isApproved
				? { status: 'SUCCEEDED', result: { approval: { answered_by: { name: 'Grace' } } } }
				: { status: 'FAILED', error: { code: 'ApprovalRejected', message: 'From <my> phone.' } },
		);
		t.strictSame(errors, []);
		t.strictSame(foreignRequests, []);
		await page.context().close();
	}
});
