import type { ServerResponse } from 'node:http';
import { inspect } from 'node:util';
import { type Test, test } from 'tap';
import { createSlack } from '../../src/partners/slack.ts';
import { startHttpReceiver } from '../support/http-receiver.ts';

const NOW_MS = Date.UTC(2026, 0, 1);
const SECRET_PATH = '/services/T0/B0/old-secret';
const ROTATED_PATH = '/services/T0/B0/new-secret';

/** Slack behind a real HTTP server; the webhook's URL changes once it is read anew. */
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

/** What is thrown, which must hold neither the webhook's URL nor Slack's own words. */
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

test('a message is sent once, as JSON', async (t) => {
	const { send, requests, reads } = await connect(t, always(200));
	t.strictSame(await send({ text: 'hello' }), { outcome: 'sent' });
	t.strictSame(requests, [{ path: SECRET_PATH, body: '{"text":"hello"}' }]);
	t.strictSame(reads, [false]);
});

test('a rate limit is an answer, with the seconds to wait', async (t) => {
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

test('a Slack that fails, is down, hangs or hangs up is unavailable', async (t) => {
	for (const status of [500, 502, 503, 408]) {
		const { send, requests } = await connect(t, always(status));
		t.match(await failureOf(t, send({ text: 'hello' })), {
			name: 'SlackUnavailableError',
			code: 'slack-unavailable',
			message: `Slack answered ${status}.`,
		});
		t.equal(requests.length, 1, 'whoever calls it decides whether to send again');
	}
	const hanging = await connect(t, () => undefined, 30);
	t.match(await failureOf(t, hanging.send({ text: 'hello' })), {
		name: 'SlackUnavailableError',
		message: 'Slack did not answer within 30 ms.',
	});
	const hangingUp = await connect(t, (response) => void response.destroy());
	t.match(await failureOf(t, hangingUp.send({ text: 'hello' })), { message: 'Slack cannot be reached.' });
	const down = createSlack({ webhookUrl: async () => `http://127.0.0.1:1${SECRET_PATH}`, now: () => NOW_MS });
	t.match(await failureOf(t, down({ text: 'hello' })), {
		name: 'SlackUnavailableError',
		message: 'Slack cannot be reached.',
	});
});

test('a revoked webhook is read anew once', async (t) => {
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
			message: `Slack answered ${status}.`,
		});
		t.equal(revoked.requests.length, 2);
	}
});

test('a message that Slack does not take is refused, and no redirect followed', async (t) => {
	const invalid = await connect(t, always(400));
	t.match(await failureOf(t, invalid.send({ text: 'hello' })), { name: 'SlackRefusedError' });
	t.equal(invalid.requests.length, 1);
	const elsewhere = await connect(t, always(302, { location: '/elsewhere/what_slack' }));
	t.match(await failureOf(t, elsewhere.send({ text: 'hello' })), { message: 'Slack answered 302.' });
	t.equal(elsewhere.requests.length, 1);
});

test('a secret that is no URL is read anew, then refused without showing it', async (t) => {
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
		message: 'The secret holds no URL of a Slack webhook.',
	});
	t.strictSame(reads, [false, true]);
});

test('a secret that cannot be read is the reader’s own failure', async (t) => {
	const send = createSlack({ webhookUrl: () => Promise.reject(new Error('denied')), now: () => NOW_MS });
	await t.rejects(send({ text: 'hello' }), { message: 'denied' });
});
