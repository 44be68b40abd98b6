import { type Test, test } from 'tap';
import { createCallbacksApp } from '../../src/http/app.ts';
import { parseJiraStatuses } from '../../src/http/callbacks/jira-webhook.ts';
import type { AnswerCallbackOutcome } from '../../src/tasks/answer-callback.ts';
import { createCallbackTokens } from '../../src/tasks/callback-token.ts';
import type { Callback, CallbackAnswer, CallbackId } from '../../src/tasks/callbacks.ts';
import { contractFaults } from '../support/contract.ts';
import { EXAMPLE_TASK_ID } from '../support/example-task.ts';
import { createRecordingLog } from '../support/recording-log.ts';

const KEY = 'PROJ-123';
const ACCEPTED = { kind: 'accepted', taskId: EXAMPLE_TASK_ID } as const;
const tokens = createCallbackTokens({ readMasterKeys: async () => 'a-key', fixedTokens: {}, now: () => 0 });
const ADA = await tokens.create('ada');

const WAITING: Callback = {
	callbackKey: KEY,
	principal: 'ada',
	taskId: EXAMPLE_TASK_ID,
	createdAtMs: 0,
	request: {
		type: 'release',
		data: { story_id: KEY, package_ids: ['web-1'], environment: 'prod' },
		isDataTruncated: false,
	},
	token: 'the-task-token',
	sinceMs: 1000,
	deadlineAtMs: 86_401_000,
	version: 1,
};

interface Settings {
	readonly outcome?: AnswerCallbackOutcome;
	readonly callback?: Callback;
	readonly scopes?: readonly string[];
}

function setup(t: Test, { outcome = ACCEPTED, callback = WAITING, scopes }: Settings = {}) {
	const { log, lines } = createRecordingLog();
	const answers: { id: CallbackId; answer: CallbackAnswer }[] = [];
	const app = createCallbacksApp({
		answerCallback: async (id, answer) => {
			answers.push({ id, answer });
			return outcome;
		},
		findCallback: async ({ principal, callbackKey }) =>
			principal === callback.principal && callbackKey === callback.callbackKey ? callback : undefined,
		verifyCallbackToken: tokens.verify,
		createCallbackToken: tokens.create,
		approvals: {
			read: async () => ({ kind: 'unknown' }),
			decide: async () => ({ kind: 'unknown', approval: { kind: 'unknown' } }),
		},
		findApprovers: async () => [],
		jiraStatuses: parseJiraStatuses({
			success: 'Done, Approved',
			failure: "Rejected, Declined, Cancelled, Won't Do",
		}),
		findCaller: () => (scopes === undefined ? undefined : { principal: 'ada', scopes }),
		now: () => 7,
		log,
	});
	t.teardown(() => app.close());
	const request = async (
		method: 'GET' | 'POST',
		url: string,
		body?: unknown,
		authorization = `Bearer ${ADA}`,
	) => {
		const response = await app.inject({
			method,
			url,
			headers: {
				...(body === undefined ? {} : { 'content-type': 'application/json' }),
				...(authorization === '' ? {} : { authorization }),
			},
			...(body === undefined ? {} : { payload: JSON.stringify(body) }),
		});
		const answer = { status: response.statusCode, headers: response.headers, body: response.json<unknown>() };
		t.strictSame(contractFaults(method, url, answer), []);
		return answer;
	};
	const post = (body: unknown, { key = KEY, authorization = `Bearer ${ADA}` } = {}) =>
		request('POST', `/v1/callbacks/${key}`, body, authorization);
	return { request, post, answers, lines };
}

const YES = { status: 'success', message: 'Looks good.' };

test('an answer is accepted for the principal of the token and logged without the token', async (t) => {
	const { post, answers, lines } = setup(t);
	t.match(await post({ ...YES, output: { by: 'Ada' } }), { status: 200, body: { task_id: EXAMPLE_TASK_ID } });
	t.strictSame(answers, [
		{
			id: { principal: 'ada', callbackKey: KEY },
			answer: { ...YES, output: { by: 'Ada' }, answeredBy: { principal: 'ada' }, atMs: 7 },
		},
	]);
	t.match(lines, [
		{ message: 'callback accepted', task_id: EXAMPLE_TASK_ID, callback_key: KEY, answered_by: 'ada' },
	]);
	t.notMatch(JSON.stringify(lines), ADA);
	await post(YES, { key: 'Mixed-Case.1' });
	t.match(answers.at(-1), { id: { callbackKey: 'Mixed-Case.1' } });
});

test('without a valid token, a response reveals nothing, not even validation errors', async (t) => {
	const { request, answers } = setup(t);
	const wrong = ['', 'Bearer', 'Bearer x', `Bearer ${ADA}x`, `Basic ${ADA}`, ADA, `Bearer ${ADA} x`];
	for (const authorization of wrong) {
		for (const [method, url, body] of [
			['POST', `/v1/callbacks/${KEY}`, YES],
			['POST', `/v1/callbacks/${KEY}`, {}],
			['POST', '/v1/callbacks/jira', {}],
			['GET', `/v1/callbacks/${KEY}`, undefined],
			['GET', '/v1/callbacks/unknown', undefined],
		] as const)
			t.match(
				await request(method, url, body, authorization),
				{ status: 401, body: { type: '/problems/unauthorized' }, headers: { 'www-authenticate': /^Bearer/ } },
				authorization,
			);
	}
	t.strictSame(answers, []);
});

test('each outcome has its status', async (t) => {
	for (const [kind, status] of [
		['unknown', 404],
		['alreadyAnswered', 409],
		['expired', 410],
		['tooLarge', 413],
	] as const) {
		const { post, request, lines } = setup(t, { outcome: { kind } });
		t.equal((await post(YES)).status, status);
		t.match(lines, [{ message: `callback ${kind}` }]);
		const webhook = { issue: { key: KEY, fields: { status: { name: 'Done' } } } };
		t.equal((await request('POST', '/v1/callbacks/jira', webhook)).status, status);
	}
});

test('an invalid answer names its faults and changes nothing', async (t) => {
	const { post, answers } = setup(t);
	for (const body of [
		{},
		{ status: 'maybe' },
		{ ...YES, more: 1 },
		{ ...YES, message: 'x'.repeat(4001) },
		[],
	])
		t.equal((await post(body)).status, 422, JSON.stringify(body).slice(0, 50));
	for (const key of ['a b', '%2e%2e%2f', 'x'.repeat(129)])
		t.ok([400, 422].includes((await post(YES, { key })).status), key);
	t.equal((await post({ ...YES, output: 'x'.repeat(300 * 1024) })).status, 413, 'one oversized text');
	t.strictSame(answers, []);
});

test('a message reaches the workflow unchanged', async (t) => {
	const { post, answers } = setup(t);
	for (const message of [
		'{"type":"doc","text":"no"}',
		'arn:aws:states:us-east-1:000000000000:execution:x',
		'{% $states.input %}',
		'line\n  at two\n\ttabbed 😀',
		'',
	]) {
		await post({ status: 'failure', message });
		t.equal(answers.at(-1)?.answer.message, message);
	}
});

test('a callback shows its request and, once answered, the answering principal', async (t) => {
	const open = await setup(t).request('GET', `/v1/callbacks/${KEY}`);
	t.match(open, {
		status: 200,
		body: {
			callback_key: KEY,
			status: 'waiting',
			principal: 'ada',
			task_id: EXAMPLE_TASK_ID,
			type: 'release',
			data: { story_id: KEY, package_ids: ['web-1'], environment: 'prod' },
			since: '1970-01-01T00:00:01.000Z',
			until: '1970-01-02T00:00:01.000Z',
		},
	});
	t.notMatch(JSON.stringify(open), 'the-task-token');
	const answer = {
		status: 'failure',
		message: 'No.',
		answeredBy: { principal: 'ada', name: 'Ben' },
		atMs: 5,
	} as const;
	for (const [members, status] of [
		[{ answer, deliveredAtMs: 6 }, 'answered'],
		[{ closedAtMs: 6 }, 'expired'],
		[{ deadlineAtMs: 6 }, 'expired'],
	] as const)
		t.match(await setup(t, { callback: { ...WAITING, ...members } }).request('GET', `/v1/callbacks/${KEY}`), {
			body: { status },
		});
	const answered = await setup(t, { callback: { ...WAITING, answer, deliveredAtMs: 6 } }).request(
		'GET',
		`/v1/callbacks/${KEY}`,
	);
	t.match(answered, {
		body: { answer: { status: 'failure', message: 'No.', answered_by: { principal: 'ada', name: 'Ben' } } },
	});
	const { token: _, ...announced } = WAITING;
	t.match(await setup(t, { callback: announced }).request('GET', `/v1/callbacks/${KEY}`), {
		body: { status: 'announced' },
	});
	const foreign = await setup(t, { callback: { ...WAITING, principal: 'eve' } }).request(
		'GET',
		`/v1/callbacks/${KEY}`,
	);
	const unknown = await setup(t).request('GET', '/v1/callbacks/unknown');
	t.equal(foreign.status, 404);
	t.match(unknown, { status: 404, body: { ...Object(foreign.body), instance: '/v1/callbacks/unknown' } });
});

test('a callback token needs the scope tasks:write', async (t) => {
	t.match(await setup(t, { scopes: ['tasks:write'] }).request('POST', '/v1/callback-tokens', undefined, ''), {
		status: 201,
		body: { token: ADA, principal: 'ada' },
	});
	t.equal((await setup(t, { scopes: ['tasks:read'] }).request('POST', '/v1/callback-tokens')).status, 403);
	t.equal(
		(await setup(t).request('POST', '/v1/callback-tokens')).status,
		401,
		'a callback token is no access token',
	);
});

/** A webhook as Jira Cloud sends it, shortened. */
const JIRA_WEBHOOK = {
	timestamp: 1_767_225_600_000,
	webhookEvent: 'jira:issue_updated',
	issue_event_type_name: 'issue_commented',
	user: { accountId: '5b10', displayName: 'Ben Okri', active: true },
	issue: {
		id: '10002',
		self: 'https://example.atlassian.net/rest/api/2/10002',
		key: 'PROJ-9',
		fields: {
			summary: 'Release web-1',
			labels: [],
			resolution: null,
			status: { name: 'Done', id: '3', statusCategory: { key: 'done' } },
			customfield_10010: null,
		},
	},
	comment: { id: '1', body: 'Looks good.', author: { displayName: 'Somebody else' } },
	changelog: { items: [{ field: 'status', fromString: 'In Progress', toString: 'Done' }] },
};

const jiraWith = (fields: object, members: object = {}) => ({
	...JIRA_WEBHOOK,
	...members,
	issue: { ...JIRA_WEBHOOK.issue, fields: { ...JIRA_WEBHOOK.issue.fields, ...fields } },
});

test('a Jira webhook answers the callback of its issue', async (t) => {
	const { request, answers } = setup(t);
	const response = await request('POST', '/v1/callbacks/jira', JIRA_WEBHOOK);
	t.match(response, { status: 200, body: { task_id: EXAMPLE_TASK_ID } });
	t.strictSame(answers, [
		{
			id: { principal: 'ada', callbackKey: 'PROJ-9' },
			answer: {
				status: 'success',
				message: 'Looks good.',
				answeredBy: { principal: 'ada', name: 'Ben Okri' },
				atMs: 7,
			},
		},
	]);
});

test('the status of a Jira issue decides, its resolution may reject, and a field overrides both', async (t) => {
	for (const [webhook, status] of [
		[jiraWith({ status: { name: 'approved' } }), 'success'],
		[jiraWith({ status: { name: ' REJECTED ' } }), 'failure'],
		[jiraWith({ status: { name: 'Cancelled' } }), 'failure'],
		[jiraWith({ status: { name: 'Won’t Do' } }), 'failure'],
		[jiraWith({ resolution: { name: 'Fixed' } }), 'success'],
		[jiraWith({ resolution: { name: "Won't Do" } }), 'failure'],
		[jiraWith({ status: { name: 'In Progress' } }, { status: 'success' }), 'success'],
		[jiraWith({}, { status: 'failure' }), 'failure'],
	] as const) {
		const { request, answers } = setup(t);
		t.equal((await request('POST', '/v1/callbacks/jira', webhook)).status, 200);
		t.match(answers, [{ answer: { status } }], JSON.stringify(webhook.issue.fields.status));
	}
});

test('a Jira issue in another status is ignored', async (t) => {
	for (const webhook of [jiraWith({ status: { name: 'In Progress' } }), { issue: { key: 'PROJ-9' } }]) {
		const { request, answers } = setup(t);
		t.match(await request('POST', '/v1/callbacks/jira', webhook), {
			status: 200,
			body: { ignored: /neither approves nor rejects/ },
		});
		t.strictSame(answers, []);
	}
});

test('a Jira comment is plain text, a document or absent', async (t) => {
	const document = {
		type: 'doc',
		version: 1,
		content: [
			{
				type: 'paragraph',
				content: [
					{ type: 'text', text: 'Not ' },
					{ type: 'text', text: 'today.', marks: [] },
				],
			},
			{
				type: 'bulletList',
				content: [
					{ type: 'listItem', content: [{ type: 'paragraph', content: [{ type: 'text', text: 'one' }] }] },
				],
			},
		],
	};
	for (const [comment, message] of [
		[{ body: '{"a":1} {% x %}' }, '{"a":1} {% x %}'],
		[{ body: document }, 'Not today.\none'],
		[{ body: 'x'.repeat(5000) }, 'x'.repeat(4000)],
		[{ body: 7 }, undefined],
		[null, undefined],
		[undefined, undefined],
	] as const) {
		const { request, answers } = setup(t);
		t.equal((await request('POST', '/v1/callbacks/jira', { ...JIRA_WEBHOOK, comment })).status, 200);
		t.equal(answers.at(0)?.answer.message, message);
	}
});

test('a Jira webhook without a usable issue key is invalid', async (t) => {
	const { request, answers } = setup(t);
	for (const webhook of [{}, { issue: {} }, { issue: { key: 'a b' } }, []])
		t.equal((await request('POST', '/v1/callbacks/jira', webhook)).status, 422);
	t.strictSame(answers, []);
});
