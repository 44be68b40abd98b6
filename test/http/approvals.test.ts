import fc from 'fast-check';
import { type Test, test } from 'tap';
import { createCallbacksApp } from '../../src/http/app.ts';
import { html } from '../../src/http/approvals/html.ts';
import type { Approval, Decision, DecisionOutcome } from '../../src/tasks/approvals.ts';
import type { Callback, CallbackAnswer } from '../../src/tasks/callbacks.ts';
import { ServiceUnavailableError } from '../../src/tasks/service-unavailable.ts';
import { createTestApi, START_MS } from '../support/api.ts';
import { contractFaults } from '../support/contract.ts';
import { EXAMPLE_TASK_ID } from '../support/example-task.ts';
import { createRecordingLog } from '../support/recording-log.ts';

const PATH = '/v1/approvals?token=a-token.of-the-link';

const CALLBACK: Callback = {
	callbackKey: 'PROJ-123',
	principal: 'ada',
	taskId: EXAMPLE_TASK_ID,
	createdAtMs: 0,
	request: {
		type: 'release',
		data: { story_id: 'PROJ-123', package_ids: ['web-1', '<img src=x>'], environment: 'prod', dry: false },
		isDataTruncated: false,
	},
	token: 'the-task-token',
	sinceMs: 1000,
	deadlineAtMs: 86_401_000,
	version: 1,
};

const ANSWER: CallbackAnswer = {
	status: 'failure',
	message: 'Not on a <Friday>.',
	answeredBy: { principal: 'ada', name: 'Grace & co', via: 'approval-page', address: '192.0.2.1' },
	atMs: 2000,
};

const PENDING: Approval = { kind: 'pending', callback: CALLBACK };
const DECIDED: Approval = { kind: 'decided', callback: CALLBACK, answer: ANSWER };

interface Settings {
	readonly approval?: Approval | Error;
	readonly outcome?: DecisionOutcome;
	readonly approvers?: readonly string[];
}

function setup(
	t: Test,
	{ approval = PENDING, outcome = { kind: 'accepted', approval: DECIDED }, approvers = [] }: Settings = {},
) {
	const decisions: { token: string; decision: Decision }[] = [];
	const { log, lines } = createRecordingLog();
	const unused = async () => {
		throw new Error('Not part of this test.');
	};
	const app = createCallbacksApp({
		approvals: {
			read: async () => {
				if (approval instanceof Error) throw approval;
				return approval;
			},
			decide: async (token, decision) => {
				decisions.push({ token, decision });
				return outcome;
			},
		},
		findApprovers: async () => approvers,
		answerCallback: unused,
		findCallback: unused,
		verifyCallbackToken: unused,
		createCallbackToken: unused,
		jiraStatuses: { success: new Set(), failure: new Set() },
		findCaller: () => undefined,
		mappedPath: () => '/jobs',
		now: () => 7,
		log,
	});
	t.teardown(() => app.close());
	const request = async (
		method: 'GET' | 'HEAD' | 'POST',
		{ headers = {}, payload }: { headers?: Record<string, string>; payload?: string } = {},
	) => {
		const { statusCode: status, ...response } = await app.inject({
			method,
			url: PATH,
			headers: { host: 'tasks.example', ...headers },
			...(payload === undefined ? {} : { payload }),
		});
		const { headers: answered, payload: text } = response;
		const answer = { status, headers: answered, body: text };
		const isJson = String(answered['content-type']).includes('json');
		const body: unknown = isJson ? JSON.parse(text) : text;
		if (method !== 'HEAD') t.strictSame(contractFaults(method, PATH, { ...answer, body }), []);
		return answer;
	};
	const decide = (fields: Record<string, string> | string, headers: Record<string, string> = {}) =>
		request('POST', {
			headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
			payload: typeof fields === 'string' ? fields : new URLSearchParams(fields).toString(),
		});
	return { request, decide, decisions, lines };
}

test('the page shows what is asked, escaped, and forbids everything that it does not need', async (t) => {
	const { request, decisions } = setup(t);
	const { status, headers, body } = await request('GET');
	t.equal(status, 200);
	t.match(headers, {
		'content-type': 'text/html; charset=utf-8',
		'cache-control': 'no-store',
		'referrer-policy': 'no-referrer',
		'x-robots-tag': 'noindex, nofollow',
	});
	t.match(
		headers['content-security-policy'],
		/^default-src 'none'; style-src 'sha256-[^ ]+'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'$/,
	);
	for (const text of [
		'<title>Approve release PROJ-123?</title>',
		'<dt>Workflow</dt><dd>release</dd>',
		'<dt>Requested by</dt><dd>ada</dd>',
		'<li>web-1</li><li>&lt;img src=x&gt;</li>',
		'<dt>Environment</dt><dd>prod</dd>',
		'<dt>Dry</dt><dd>false</dd>',
		'1970-01-01 00:00 UTC',
		'1970-01-02 00:00 UTC',
		'<button name="decision" value="approve">',
		'<input id="name"',
	])
		t.ok(body.includes(text), text);
	t.notMatch(body, /<script|<img|<[^>]* (src|href)=/);
	t.match(await request('HEAD'), { status: 200, body: '' });
	t.strictSame(decisions, [], 'GET and HEAD decide nothing');
});

test('truncated data is shown as text', async (t) => {
	const request = { type: 'release', data: '{"notes":"<b>', isDataTruncated: true };
	const { body } = await setup(t, {
		approval: { kind: 'pending', callback: { ...CALLBACK, request } },
	}).request('GET');
	t.ok(body.includes('<dt>Data (beginning)</dt><dd>{&quot;notes&quot;:&quot;&lt;b&gt;</dd>'));
});

test('a decision is passed on with its name, comment and address, and leads back to the page', async (t) => {
	const { decide, decisions, lines } = setup(t);
	const answer = await decide({ decision: 'approve', name: ' Grace ', comment: 'Ship it.\r\nNow.' });
	t.match(answer, { status: 303, headers: { location: `/jobs${PATH}` }, body: '' });
	t.match(await decide({ decision: 'reject', name: '', comment: ' ' }), { status: 303 });
	t.strictSame(decisions, [
		{
			token: 'a-token.of-the-link',
			decision: {
				status: 'success',
				message: 'Ship it.\r\nNow.',
				by: { name: 'Grace', via: 'approval-page', address: '127.0.0.1' },
			},
		},
		{
			token: 'a-token.of-the-link',
			decision: { status: 'failure', by: { via: 'approval-page', address: '127.0.0.1' } },
		},
	]);
	t.notMatch(JSON.stringify(lines), /a-token/, 'the link is a credential, which no log line contains');
});

test('a used, expired or invalid link has a page with its status', async (t) => {
	const used = setup(t, { approval: DECIDED, outcome: { kind: 'alreadyAnswered', approval: DECIDED } });
	const { status, body } = await used.request('GET');
	t.equal(status, 200);
	t.match(body, /Rejected<\/strong> by Grace &amp; co on .*1970-01-01 00:00 UTC/);
	t.match(body, /Not on a &lt;Friday&gt;\./);
	t.notMatch(body, /<form/);
	t.match(await used.decide({ decision: 'approve' }), {
		status: 409,
		body: /was not recorded[^]*Grace &amp; co/,
	});
	const expired = setup(t, {
		approval: { kind: 'expired' },
		outcome: { kind: 'expired', approval: { kind: 'expired' } },
	});
	t.match(await expired.request('GET'), { status: 410, body: /has expired/ });
	t.match(await expired.decide({ decision: 'approve' }), { status: 410, body: /has expired/ });
	const unknown = setup(t, {
		approval: { kind: 'unknown' },
		outcome: { kind: 'unknown', approval: { kind: 'unknown' } },
	});
	t.match(await unknown.request('GET'), { status: 404, body: /is invalid/ });
	t.match(await unknown.decide({ decision: 'approve' }), { status: 404, body: /is invalid/ });
});

test('the declared approvers are the only names', async (t) => {
	const { request, decide, decisions } = setup(t, { approvers: ['Grace', 'Alan "A." <T>'] });
	const { body } = await request('GET');
	t.ok(body.includes('<option>Alan &quot;A.&quot; &lt;T&gt;</option>'));
	t.notMatch(body, /<input/);
	t.match(await decide({ decision: 'approve', name: 'Eve' }), { status: 422, body: /Choose your name/ });
	t.match(await decide({ decision: 'approve' }), { status: 422 });
	t.strictSame(decisions, []);
	t.match(await decide({ decision: 'approve', name: 'Grace' }), { status: 303 });
});

test('a form that is not the one of the page decides nothing', async (t) => {
	const { request, decide, decisions } = setup(t);
	for (const [form, status] of [
		['', 422],
		['decision=maybe', 422],
		['decision=approve&admin=1', 422],
		['decision=reject&decision=approve', 422],
		[`decision=approve&comment=${'x'.repeat(1001)}`, 422],
		[`decision=approve&name=${'x'.repeat(101)}`, 422],
		[`decision=approve&comment=${'x'.repeat(17_000)}`, 413],
	] as const)
		t.match(await decide(form), { status }, form.slice(0, 40));
	const json = { headers: { 'content-type': 'application/json' }, payload: '{"decision":"approve"}' };
	t.match(await request('POST', json), { status: 415 });
	t.match(await request('POST'), { status: 415 });
	t.match(await decide({ decision: 'approve' }, { 'content-encoding': 'gzip' }), { status: 415 });
	t.strictSame(decisions, []);
});

test('a form of another site decides nothing', async (t) => {
	const { decide, decisions } = setup(t);
	for (const headers of [
		{ 'sec-fetch-site': 'cross-site' },
		{ 'sec-fetch-site': 'same-site' },
		{ 'sec-fetch-site': 'none' },
		{ 'sec-fetch-site': 'cross-site', origin: 'https://tasks.example' },
		{ origin: 'https://evil.example' },
		{ origin: 'nonsense' },
	])
		t.match(await decide({ decision: 'approve' }, headers), { status: 403 }, JSON.stringify(headers));
	t.strictSame(decisions, []);
	for (const headers of [
		{ 'sec-fetch-site': 'same-origin', origin: 'null' },
		{ origin: 'https://tasks.example' },
		{ origin: 'null' },
	])
		t.match(await decide({ decision: 'approve' }, headers), { status: 303 }, JSON.stringify(headers));
});

test('a temporary failure asks to try again', async (t) => {
	const { request } = setup(t, { approval: new ServiceUnavailableError('DynamoDB', new Error('throttled')) });
	const answer = await request('GET');
	t.match(answer, { status: 503, headers: { 'retry-after': /^\d+$/ }, body: /Try again in a moment/ });
});

test('a template escapes every value', async (t) => {
	fc.assert(
		fc.property(fc.string({ unit: 'binary' }), (value) => {
			const { text } = html`<p title="${value}">${value}</p>`;
			t.equal(text.match(/[<>"]/g)?.length, 6);
			t.notMatch(text, /&(?!amp;|lt;|gt;|quot;|#39;)/);
		}),
	);
	t.equal(html`${undefined}${[html`<b>${1}</b>`, html`'`]}`.text, "<b>1</b>'");
});

test('only a caller with tasks:write sees the link of a waiting task, under an ETag of its own', async (t) => {
	const { accepted, report, request, store } = createTestApi(t);
	const task = await accepted();
	await report(task, 'RUNNING');
	await store.setWaitingFor(task, { callbackKey: 'K', sinceMs: START_MS, expiresAtMs: START_MS + 1000 });
	const path = `/v1/tasks/${task.taskId}`;
	const read = (scopes: string, headers: Record<string, string> = {}) =>
		request('GET', path, { headers: { 'x-test-scopes': scopes, ...headers } });
	const written = await read('tasks:read tasks:write');
	t.match(written.body, { waiting_for: { approval_url: /^\/v1\/approvals\?token=[\w.-]+$/ } });
	const onlyRead = await read('tasks:read');
	t.strictSame(Object.keys(Object(onlyRead.body).waiting_for), ['callback_key', 'since', 'expires_at']);
	t.not(onlyRead.headers.etag, written.headers.etag);
	const again = { 'if-none-match': String(written.headers.etag) };
	t.equal((await read('tasks:read tasks:write', again)).status, 304);
	t.equal((await read('tasks:read', again)).status, 200);
	const list = await request('GET', '/v1/tasks', { headers: { 'x-test-scopes': 'tasks:read' } });
	t.notMatch(JSON.stringify(list.body), /approval_url/);
});
