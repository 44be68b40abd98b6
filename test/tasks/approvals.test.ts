import fc from 'fast-check';
import { test } from 'tap';
import { createCallbackAnswerer } from '../../src/tasks/answer-callback.ts';
import { type ApprovalWait, approvalWaitOf, createApprovalTokens } from '../../src/tasks/approval-token.ts';
import { createApprovals, type Decision } from '../../src/tasks/approvals.ts';
import {
	type CallbackAnswer,
	createCallbackAwaiter,
	createCallbackClaims,
	createCallbackCloser,
} from '../../src/tasks/callbacks.ts';
import { createSignedTokens } from '../../src/tasks/signed-token.ts';
import { exampleTask } from '../support/example-task.ts';
import { createMemoryCallbackStore } from '../support/memory-callback-store.ts';
import { createMemoryTaskStore } from '../support/memory-task-store.ts';
import { createRecordingLog } from '../support/recording-log.ts';

const KEY = 'PROJ-123';
const DAY_MS = 24 * 3600 * 1000;
const SECRET = 'an-approval-key';

const APPROVE: Decision = {
	status: 'success',
	message: 'Ship it.',
	by: { name: 'Grace', via: 'approval-page' },
};
const REJECT: Decision = { status: 'failure', by: { name: 'Alan', via: 'approval-page' } };

const tokensOf = (value: string) => createApprovalTokens({ readMasterKeys: async () => value, now: () => 0 });

/** A task that waits for a decision, and its approvals. */
async function setup() {
	const task = exampleTask({ callbackKey: KEY });
	let nowMs = task.createdAtMs;
	const now = () => nowMs;
	const callbacks = createMemoryCallbackStore();
	const store = createMemoryTaskStore({ retentionSeconds: 3600, now });
	await store.create(task);
	const resumed: CallbackAnswer[] = [];
	const used = new Set<string>();
	const { log } = createRecordingLog();
	const tokens = tokensOf(SECRET);
	const approvals = createApprovals({
		tokens,
		findCallback: callbacks.find,
		answerCallback: createCallbackAnswerer({
			callbacks,
			store,
			now,
			log,
			resume: async (token, answer) => {
				if (used.has(token)) return 'ended';
				used.add(token);
				resumed.push(answer);
				return 'resumed';
			},
		}),
		now,
	});
	const request = { type: 'release', data: { story_id: KEY }, isDataTruncated: false };
	await createCallbackClaims({ callbacks, store, now }).claim({
		task,
		callbackKey: KEY,
		deadlineAtMs: nowMs + DAY_MS,
		request,
	});
	const wait = createCallbackAwaiter({ callbacks, store, now });
	/** Begins a wait and returns the token that the task shows. */
	const waitAgain = async (redriveCount: number, token = `token-${redriveCount}`) => {
		await wait({ task, callbackKey: KEY, deadlineAtMs: nowMs + DAY_MS, redriveCount, token });
		const shown = await store.get(task);
		if (shown?.waitingFor === undefined) throw new Error('The task does not wait.');
		const waited = approvalWaitOf({ ...shown, redriveCount }, shown.waitingFor);
		return { wait: waited, token: await tokens.create(waited) };
	};
	return {
		task,
		approvals,
		tokens,
		callbacks,
		resumed,
		waitAgain,
		close: () => createCallbackCloser({ callbacks, now })(task, KEY),
		advance: (ms: number) => (nowMs += ms),
	};
}

test('a link shows what is asked, takes one decision, and then shows it', async (t) => {
	const { approvals, waitAgain, resumed } = await setup();
	const { token } = await waitAgain(0);
	t.match(await approvals.read(token), {
		kind: 'pending',
		callback: { request: { type: 'release', data: { story_id: KEY } } },
	});
	t.match(await approvals.read(token), { kind: 'pending' }, 'reading changes nothing');
	t.match(await approvals.decide(token, APPROVE), { kind: 'accepted', approval: { kind: 'decided' } });
	t.match(await approvals.decide(token, REJECT), {
		kind: 'alreadyAnswered',
		approval: { answer: { status: 'success' } },
	});
	t.match(await approvals.read(token), {
		kind: 'decided',
		answer: { message: 'Ship it.', answeredBy: { principal: 'ada', name: 'Grace', via: 'approval-page' } },
	});
	t.match(resumed, [{ status: 'success' }]);
	t.equal(resumed.length, 1);
});

test('one of several concurrent decisions counts', async (t) => {
	const { approvals, waitAgain, resumed } = await setup();
	const { token } = await waitAgain(0);
	const outcomes = await Promise.all(
		Array.from({ length: 6 }, (_, index) => approvals.decide(token, index % 2 === 0 ? APPROVE : REJECT)),
	);
	t.equal(outcomes.filter(({ kind }) => kind === 'accepted').length, 1);
	t.equal(resumed.length, 1);
});

test('a link of an earlier wait decides nothing', async (t) => {
	const { approvals, waitAgain, close, resumed, advance } = await setup();
	const { token: first } = await waitAgain(0);
	await close();
	t.strictSame(await approvals.read(first), { kind: 'expired' }, 'the task has ended');
	// At the same millisecond, so that only the redrive count differs.
	const { token: second } = await waitAgain(1);
	t.match(await approvals.decide(first, APPROVE), { kind: 'expired', approval: { kind: 'expired' } });
	t.match(await approvals.read(second), { kind: 'pending' });
	// A retry of the waiting step within one execution: only the end differs.
	advance(1);
	const { token: third } = await waitAgain(1, 'token-2');
	t.match(await approvals.decide(second, APPROVE), { kind: 'expired' });
	t.strictSame(resumed, []);
	t.match(await approvals.decide(third, REJECT), { kind: 'accepted' });
});

test('a link expires with the wait', async (t) => {
	const { approvals, waitAgain, resumed, advance } = await setup();
	const { token } = await waitAgain(0);
	advance(DAY_MS - 1);
	t.match(await approvals.read(token), { kind: 'pending' });
	advance(1);
	t.strictSame(await approvals.read(token), { kind: 'expired' });
	t.match(await approvals.decide(token, APPROVE), { kind: 'expired' });
	t.strictSame(resumed, []);
});

test('a link of another task with the same key decides nothing', async (t) => {
	const { approvals, waitAgain, tokens, resumed } = await setup();
	const { wait } = await waitAgain(0);
	for (const other of [
		{ ...wait, taskId: '01932f4e-6f00-7000-8000-00000000000b' },
		{ ...wait, createdAtMs: wait.createdAtMs + 1 },
		{ ...wait, principal: 'eve' },
		{ ...wait, callbackKey: 'PROJ-1' },
	])
		t.match(await approvals.decide(await tokens.create(other), APPROVE), {
			approval: { kind: 'expired' },
		});
	t.strictSame(resumed, []);
});

const waits = fc.record(
	{
		principal: fc.string({ minLength: 1, maxLength: 100, unit: 'binary' }),
		callbackKey: fc.stringMatching(/^[A-Za-z0-9_.:-]{1,128}$/),
		taskId: fc.uuid(),
		createdAtMs: fc.nat(4e12),
		redriveCount: fc.nat(100),
		expiresAtMs: fc.nat(4e12),
	},
	{ noNullPrototype: true },
) satisfies fc.Arbitrary<ApprovalWait>;

test('a token names its wait, is the same each time, and every change makes it invalid', async (t) => {
	const tokens = tokensOf(SECRET);
	await fc.assert(
		fc.asyncProperty(waits, fc.nat(), fc.stringMatching(/^[A-Za-z0-9_.-]$/), async (wait, at, character) => {
			const token = await tokens.create(wait);
			t.match(token, /^[A-Za-z0-9_.-]+$/, 'no character needs an escape in a URL');
			t.equal(await tokens.create(wait), token);
			t.strictSame(await tokens.verify(token), wait);
			const index = at % token.length;
			const changed = token.slice(0, index) + character + token.slice(index + 1);
			if (changed !== token) t.equal(await tokens.verify(changed), undefined);
			t.equal(await tokens.verify(token.slice(0, index)), undefined);
			t.equal(await tokens.verify(token + character), undefined);
			t.equal(await tokensOf('another key').verify(token), undefined);
		}),
		{ numRuns: 200 },
	);
});

test('links of the previous key stay valid; tokens for other purposes never are', async (t) => {
	const { wait } = await (await setup()).waitAgain(0);
	const old = await tokensOf('old').create(wait);
	const both = tokensOf('{"current":"new","previous":"old"}');
	t.strictSame(await both.verify(old), wait);
	t.not(await both.create(wait), old);
	t.equal(await tokensOf('new').verify(old), undefined);
	const signed = (label: string) =>
		createSignedTokens({ readMasterKeys: async () => SECRET, secretName: 'secret', label, now: () => 0 });
	const token = await tokensOf(SECRET).create(wait);
	const payload = Buffer.from(token.split('.')[0] ?? '', 'base64url').toString();
	t.equal(await signed('approval-link:').create(payload), token);
	for (const last of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_') {
		const spelled = token.slice(0, -1) + last;
		t.strictSame(
			await tokensOf(SECRET).verify(spelled),
			spelled === token ? wait : undefined,
			'one spelling',
		);
	}
	t.equal(await tokensOf(SECRET).verify(await signed('').create(payload)), undefined, 'a callback token');
	const malformed = await signed('approval-link:').create('["ada"]');
	t.equal(await tokensOf(SECRET).verify(malformed), undefined, 'a payload of another version');
});
