import { readFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { inspect } from 'node:util';
import * as fc from 'fast-check';
import { type Test, test } from 'tap';
import { createSlack, NO_WEBHOOK, slackBody } from '../../src/partners/slack.ts';
import { startHttpReceiver } from '../support/http-receiver.ts';

const NOW_MS = Date.UTC(2026, 0, 1);
const SECRET_PATH = '/services/T0/B0/old-secret';
const ROTATED_PATH = '/services/T0/B0/new-secret';

/** Starts a fake Slack; the URL of its webhook changes once it is read again. */
async function connect(
	t: Test,
	answer: (response: ServerResponse, number: number, path: string) => void,
	timeoutMs?: number,
) {
	const { url, requests } = await startHttpReceiver(t, answer);
	const reads: boolean[] = [];
	const send = createSlack({
		webhookUrl: async ({ fresh } = { fresh: false }) => {
			reads.push(fresh);
			return `${url}${fresh ? ROTATED_PATH : SECRET_PATH}`;
		},
		now: () => NOW_MS,
		...(timeoutMs === undefined ? {} : { timeoutMs }),
	});
	return { send, requests, reads };
}

const always =
	(status: number, headers: Record<string, string> = {}) =>
	(response: ServerResponse) =>
		void response.writeHead(status, headers).end('what_slack_says');

/** Returns the error of a post after checking that it contains neither the URL nor Slack's response. */
async function failureOf(t: Test, sending: Promise<unknown>): Promise<Error> {
	const error = await sending.then(
		() => t.fail('it was sent'),
		(thrown: unknown) => thrown,
	);
	t.notMatch(
		inspect(error, { depth: 10, showHidden: true }).replaceAll(/\n\s+at .*/g, ''),
		/(old|new)-secret|what_slack/,
	);
	if (error instanceof Error) return error;
	throw new Error('not an error');
}

test('a message is sent once as JSON', async (t) => {
	const { send, requests, reads } = await connect(t, always(200));
	t.strictSame(await send({ text: 'hello' }), { outcome: 'sent' });
	t.match(requests, [
		{
			method: 'POST',
			path: SECRET_PATH,
			headers: { 'content-type': 'application/json' },
			body: slackBody({ text: 'hello' }),
		},
	]);
	t.equal(requests.length, 1);
	t.strictSame(reads, [false]);
});

test('a rate limit is an outcome with the seconds to wait', async (t) => {
	for (const [header, seconds] of [
		[undefined, 5],
		['7', 7],
		[' 2 ', 2],
		['1.2', 2],
		['0', 1],
		['99999', 300],
		['soon', 5],
		['Thu, 01 Jan 2026 00:00:30 GMT', 30],
		['Wed, 31 Dec 2025 23:59:59 GMT', 1],
		['Fri, 02 Jan 2026 00:00:00 GMT', 300],
	] as const) {
		const { send } = await connect(t, always(429, header === undefined ? {} : { 'retry-after': header }));
		t.strictSame(
			await send({ text: 'hello' }),
			{ outcome: 'rate-limited', retryAfterSeconds: seconds },
			header ?? 'none',
		);
	}
});

test('Slack is unavailable if it fails, is down, hangs or disconnects', async (t) => {
	for (const status of [500, 502, 503, 408]) {
		const { send, requests } = await connect(t, always(status));
		t.match(await failureOf(t, send({ text: 'hello' })), {
			name: 'SlackUnavailableError',
			code: 'slack-unavailable',
			message: `Slack responded with ${status}.`,
		});
		t.equal(requests.length, 1, 'whoever calls it decides whether to send again');
	}
	const hanging = await connect(t, () => undefined, 30);
	t.match(await failureOf(t, hanging.send({ text: 'hello' })), {
		name: 'SlackUnavailableError',
		message: 'Slack did not respond within 30 ms.',
	});
	const hangingUp = await connect(t, (response) => void response.destroy());
	t.match(await failureOf(t, hangingUp.send({ text: 'hello' })), { message: 'Slack could not be reached.' });
	const down = createSlack({ webhookUrl: async () => `http://127.0.0.1:1${SECRET_PATH}`, now: () => NOW_MS });
	t.match(await failureOf(t, down({ text: 'hello' })), {
		name: 'SlackUnavailableError',
		message: 'Slack could not be reached.',
	});
});

test('a revoked webhook is read again once', async (t) => {
	for (const status of [401, 403, 404, 410]) {
		const rotated = await connect(t, (response, _, path) =>
			always(path === ROTATED_PATH ? 200 : status)(response),
		);
		t.strictSame(await rotated.send({ text: 'hello' }), { outcome: 'sent' });
		t.strictSame(
			rotated.requests.map(({ path }) => path),
			[SECRET_PATH, ROTATED_PATH],
		);
		t.strictSame(rotated.reads, [false, true]);

		const revoked = await connect(t, always(status));
		t.match(await failureOf(t, revoked.send({ text: 'hello' })), {
			name: 'SlackRefusedError',
			code: 'slack-refused',
			message: `Slack responded with ${status}.`,
		});
		t.equal(revoked.requests.length, 2);
	}
});

test('a rejected message is refused, and redirects are not followed', async (t) => {
	const invalid = await connect(t, always(400));
	t.match(await failureOf(t, invalid.send({ text: 'hello' })), { name: 'SlackRefusedError' });
	t.equal(invalid.requests.length, 1);
	const elsewhere = await connect(t, always(302, { location: '/elsewhere/what_slack' }));
	t.match(await failureOf(t, elsewhere.send({ text: 'hello' })), { message: 'Slack responded with 302.' });
	t.equal(elsewhere.requests.length, 1);
});

test('a secret that is not a URL is read again, then refused without being shown', async (t) => {
	const reads: boolean[] = [];
	const send = createSlack({
		webhookUrl: async ({ fresh } = { fresh: false }) => {
			reads.push(fresh);
			return 'old-secret';
		},
		now: () => NOW_MS,
	});
	t.match(await failureOf(t, send({ text: 'hello' })), {
		name: 'SlackRefusedError',
		message: 'The secret is not the URL of a Slack webhook.',
	});
	t.strictSame(reads, [false, true]);
});

test('an unreadable secret fails with the error of its reader', async (t) => {
	const send = createSlack({ webhookUrl: () => Promise.reject(new Error('denied')), now: () => NOW_MS });
	await t.rejects(send({ text: 'hello' }), { message: 'denied' });
});

test('a stage without a webhook posts nothing', async (t) => {
	const send = createSlack({ webhookUrl: async () => NO_WEBHOOK, now: () => NOW_MS });
	t.strictSame(await send({ text: 'hello' }), { outcome: 'not-configured' });
	const yaml = await readFile(new URL('../../serverless.yml', import.meta.url), 'utf8');
	t.match(yaml, `slackWebhookUrl: ${NO_WEBHOOK}\n`, 'the default of the parameter');
});

const sectionTexts = (sections: readonly string[]): string[] =>
	JSON.parse(slackBody({ text: 'x', sections })).blocks.map(
		(block: { text: { text: string } }) => block.text.text,
	);

test('a message without sections shows its text', async (t) => {
	const text = { type: 'mrkdwn', text: 'a &lt;b&gt; &amp; c', verbatim: true };
	const body = {
		text: 'a &lt;b&gt; &amp; c',
		blocks: [{ type: 'section', text }],
		parse: 'none',
		unfurl_links: false,
		unfurl_media: false,
	};
	t.strictSame(JSON.parse(slackBody({ text: 'a <b> & c' })), body);
	t.strictSame(JSON.parse(slackBody({ text: 'a <b> & c', sections: [] })), body);
});

test('a link is one block of its own, which no character of its parts ends', async (t) => {
	const link = { text: 'Approve | <reject>', url: 'https://api.example/v1/approvals/a.b-c_d?x=<|>&y=1 2' };
	const sections = Array.from({ length: 60 }, () => 'line');
	const { blocks } = JSON.parse(slackBody({ text: 'x', sections, link }));
	t.equal(blocks.length, 50);
	const text = '<https://api.example/v1/approvals/a.b-c_d?x=%3C%7C%3E&amp;y=1%202|Approve   &lt;reject&gt;>';
	t.strictSame(blocks.at(-1), { type: 'section', text: { type: 'mrkdwn', text, verbatim: true } });
});

test('user data becomes neither a link nor a mention', async (t) => {
	const data = '<https://evil.example|here> <!channel> https://evil.example evil.example ada@evil.example #a';
	const { text, blocks } = JSON.parse(slackBody({ text: data, sections: [data] }));
	t.notMatch(text, /<|:\/\/|evil\.example|ada@evil/);
	t.equal(text.replaceAll('\u200b', ''), data.replaceAll('<', '&lt;').replaceAll('>', '&gt;'));
	t.match(blocks, [{ text: { type: 'mrkdwn', text: /^&lt;https:/, verbatim: true } }]);
	t.equal(JSON.parse(slackBody({ text: 'Hello Ada: TRK-1' })).text, 'Hello Ada: TRK-1');
});

test('a section has at most 3,000 characters, including escapes', async (t) => {
	t.strictSame(sectionTexts(['a'.repeat(3000)]), ['a'.repeat(3000)]);
	t.strictSame(sectionTexts(['a'.repeat(3001)]), [`${'a'.repeat(2999)}…`]);
	t.strictSame(sectionTexts(['&'.repeat(600)]), ['&amp;'.repeat(600)]);
	t.strictSame(sectionTexts(['&'.repeat(601)]), [`${'&amp;'.repeat(599)}…`]);
});

test('any text fits, and no character or escape is split', async (t) => {
	fc.assert(
		fc.property(
			fc.array(fc.constantFrom('a', '&', '<', '>', '😀', 'é', '\n'), { minLength: 1, maxLength: 4000 }),
			(characters) => {
				const [text = ''] = sectionTexts([characters.join('')]);
				const whole = text.replace(/…$/, '').replaceAll(/&(amp|lt|gt);/g, '+');
				return text.length <= 3000 && text.isWellFormed() && !/[&<>]/.test(whole);
			},
		),
	);
	t.pass();
});

test('a message has at most 50 blocks', async (t) => {
	const sections = (count: number) => Array.from({ length: count }, (_, index) => `s${index}`);
	t.strictSame(sectionTexts(sections(50)), sections(50));
	t.strictSame(sectionTexts(sections(51)), [...sections(49), '…']);
});

test('the text is truncated too', async (t) => {
	t.equal(JSON.parse(slackBody({ text: 'a'.repeat(5000) })).text.length, 4000);
});
