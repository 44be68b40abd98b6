import { test } from 'tap';
import { createCallbackAnswerer, MAX_OUTPUT_BYTES } from '../../src/tasks/answer-callback.ts';
import {
	type CallbackAnswer,
	callbackRequest,
	createCallbackAwaiter,
	createCallbackClaims,
	createCallbackCloser,
} from '../../src/tasks/callbacks.ts';
import type { Task } from '../../src/tasks/task.ts';
import { exampleTask } from '../support/example-task.ts';
import { createMemoryCallbackStore } from '../support/memory-callback-store.ts';
import { createMemoryTaskStore } from '../support/memory-task-store.ts';
import { createRecordingLog } from '../support/recording-log.ts';

const KEY = 'PROJ-123';
const ID = { principal: 'ada', callbackKey: KEY };
const DAY_MS = 24 * 3600 * 1000;

/** A response of Step Functions, or a function that runs before it responds. */
type Resumed = 'resumed' | 'ended' | 'endedAfterRetry' | Error | (() => Promise<void>);

async function setup() {
	const task = exampleTask({ callbackKey: KEY });
	/** Runs when the task begins to show `waiting_for`. */
	let onShown: () => Promise<void> = async () => undefined;
	let nowMs = task.createdAtMs;
	const now = () => nowMs;
	const callbacks = createMemoryCallbackStore();
	const store = createMemoryTaskStore({ retentionSeconds: 3600, now });
	await store.create(task);
	const resumed: { token: string; answer: CallbackAnswer }[] = [];
	let response: Resumed = 'resumed';
	const { log } = createRecordingLog();
	const answerCallback = createCallbackAnswerer({
		callbacks,
		store,
		now,
		log,
		resume: async (token, answer) => {
			if (response instanceof Error) throw response;
			if (typeof response === 'function') await response();
			else if (response !== 'resumed') return response;
			if (resumed.some((earlier) => earlier.token === token)) return 'ended';
			resumed.push({ token, answer });
			return 'resumed';
		},
	});
	const deadlineAtMs = nowMs + DAY_MS;
	const awaitCallback = createCallbackAwaiter({
		callbacks,
		store: {
			async setWaitingFor(of, waitingFor) {
				await store.setWaitingFor(of, waitingFor);
				if (waitingFor !== undefined) await onShown();
			},
		},
		now,
	});
	const { claim } = createCallbackClaims({ callbacks, store, now });
	return {
		task,
		other: exampleTask({ taskId: '01932f4e-6f00-7000-8000-00000000000b', callbackKey: KEY }),
		callbacks,
		store,
		resumed,
		claim: (of = task) =>
			claim({
				task: of,
				callbackKey: KEY,
				deadlineAtMs,
				request: callbackRequest(of.type, of.data),
			}),
		wait: (of = task, token = 'token') =>
			awaitCallback({ task: of, callbackKey: KEY, deadlineAtMs: nowMs + DAY_MS, token }),
		answer: (status: 'success' | 'failure' = 'success', members: Partial<CallbackAnswer> = {}) =>
			answerCallback(ID, {
				status,
				message: 'yes',
				answeredBy: { principal: 'ada' },
				atMs: nowMs,
				...members,
			}),
		answerAs: (principal: string) =>
			answerCallback(
				{ principal, callbackKey: KEY },
				{ status: 'success', answeredBy: { principal }, atMs: nowMs },
			),
		close: createCallbackCloser({ callbacks, now }),
		waitingFor: async () => (await store.get(task))?.waitingFor,
		/** Writes a status as the listener does. */
		report: (status: 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'ABORTED' | 'TIMED_OUT') =>
			store.applyReport(task, { status, redriveCount: 0, startedAtMs: nowMs, stoppedAtMs: nowMs }),
		advance: (ms: number) => (nowMs += ms),
		resumeWith: (next: Resumed) => (response = next),
		whenShown: (action: () => Promise<void>) => (onShown = action),
	};
}

test('an answer resumes the waiting task and removes waiting_for', async (t) => {
	const { task, wait, answer, resumed, waitingFor } = await setup();
	t.strictSame(await answer(), { kind: 'unknown' });
	t.strictSame(await wait(), { kind: 'waiting' });
	t.match(await waitingFor(), { callbackKey: KEY, expiresAtMs: task.createdAtMs + DAY_MS });
	t.strictSame(await answer('failure', { message: 'no' }), { kind: 'accepted', taskId: task.taskId });
	t.match(resumed, [{ token: 'token', answer: { status: 'failure', message: 'no' } }]);
	t.equal(await waitingFor(), undefined);
	t.strictSame(await answer(), { kind: 'alreadyAnswered' });
	t.equal(resumed.length, 1);
});

test('of concurrent answers exactly one is accepted', async (t) => {
	const { wait, answer, resumed } = await setup();
	await wait();
	const kinds = (await Promise.all(Array.from({ length: 8 }, () => answer()))).map(({ kind }) => kind);
	t.equal(kinds.filter((kind) => kind === 'accepted').length, 1);
	t.equal(kinds.filter((kind) => kind === 'alreadyAnswered').length, 7);
	t.equal(resumed.length, 1);
});

test('an early answer is stored for the task and accepted once', async (t) => {
	const { task, claim, answer, wait, resumed, waitingFor } = await setup();
	t.equal(await claim(), 'claimed');
	t.strictSame(await answer(), { kind: 'accepted', taskId: task.taskId });
	t.strictSame(await answer(), { kind: 'alreadyAnswered' });
	t.equal(await claim(), 'claimed', 'a repeated claim keeps the answer');
	t.match(await wait(), { kind: 'answered', answer: { status: 'success', message: 'yes' } });
	t.strictSame(resumed, []);
	t.equal(await waitingFor(), undefined);
	t.strictSame(await answer(), { kind: 'alreadyAnswered' });
});

test('a key of a principal belongs to one open task at a time', async (t) => {
	for (const end of ['close', 'terminal row'] as const) {
		const { task, other, claim, wait, close, callbacks, report, answer } = await setup();
		await claim();
		await wait();
		t.equal(await claim(other), 'in-use');
		t.strictSame(await wait(other, 'other'), { kind: 'in-use' });
		await close(other, KEY);
		await answer();
		t.equal(await claim(other), 'in-use', 'neither another task’s end nor an answer releases the key');
		if (end === 'close') await close(task, KEY);
		else await report('FAILED');
		t.equal(await claim(other), 'claimed', end);
		t.strictSame(await wait(other, 'other'), { kind: 'waiting' });
		t.match(await callbacks.find(ID), { taskId: other.taskId, token: 'other' });
	}
});

test('a claim without a task is released after a minute', async (t) => {
	const { other, task, claim, advance } = await setup();
	await claim(other);
	t.equal(await claim(task), 'in-use', 'the other task may be about to be created');
	advance(60_001);
	t.equal(await claim(task), 'claimed');
});

test('a claim of a failed request belongs to the request that repeats it', async (t) => {
	for (const isAnsweredEarly of [false, true]) {
		const { task, claim, wait, answer, resumed } = await setup();
		t.equal(
			await claim({ ...task, createdAtMs: task.createdAtMs - 5000 }),
			'claimed',
			'the row was not written',
		);
		t.equal(await claim(), 'claimed', 'the repeated request writes it');
		if (isAnsweredEarly) {
			t.match(await answer(), { kind: 'accepted', taskId: task.taskId });
			t.match(await wait(), { kind: 'answered', answer: { status: 'success' } });
		} else {
			t.strictSame(await wait(), { kind: 'waiting' });
			t.match(await answer(), { kind: 'accepted', taskId: task.taskId });
			t.equal(resumed.length, 1);
		}
	}
});

test('principals do not share keys', async (t) => {
	const { other, claim, wait, callbacks, resumed, answerAs } = await setup();
	const foreign: Task = { ...other, principal: 'eve' };
	t.equal(await claim(foreign), 'claimed');
	t.equal(await claim(), 'claimed');
	await wait();
	t.strictSame(await answerAs('mallory'), { kind: 'unknown' });
	t.match(await answerAs('eve'), { kind: 'accepted', taskId: other.taskId });
	t.strictSame(resumed, [], 'the answer of eve is stored for her own task');
	t.match(await callbacks.find(ID), { token: 'token', answer: undefined });
});

test('a late answer is expired however often it is given', async (t) => {
	for (const reason of ['close', 'deadline', 'Step Functions'] as const) {
		const { task, wait, answer, close, advance, resumeWith, resumed } = await setup();
		await wait();
		if (reason === 'close') await close(task, KEY);
		if (reason === 'deadline') advance(DAY_MS);
		if (reason === 'Step Functions') resumeWith('ended');
		for (let attempt = 1; attempt <= 3; attempt++)
			t.equal((await answer()).kind, 'expired', `${reason}, attempt ${attempt}`);
		t.equal(resumed.length, 0);
	}
});

test('a failed delivery is repeated by the same answer and blocks another one', async (t) => {
	const { wait, answer, resumed, resumeWith } = await setup();
	await wait();
	resumeWith(new Error('throttled'));
	await t.rejects(answer(), { message: 'throttled' });
	await t.rejects(answer(), { message: 'throttled' });
	resumeWith('resumed');
	t.equal((await answer()).kind, 'accepted');
	t.equal((await answer()).kind, 'alreadyAnswered');
	t.equal(resumed.length, 1);
});

test('an answer that was applied is accepted although its response was lost', async (t) => {
	const { wait, answer, resumed, resumeWith, report } = await setup();
	await report('RUNNING');
	await wait();
	resumeWith('endedAfterRetry');
	t.equal((await answer()).kind, 'accepted', 'the SDK sent the answer twice');
	t.strictSame(resumed, []);

	const second = await setup();
	await second.wait();
	second.resumeWith(async () => {
		second.resumed.push({
			token: 'token',
			answer: { status: 'success', answeredBy: { principal: 'ada' }, atMs: 0 },
		});
		throw new Error('connection reset');
	});
	await t.rejects(second.answer(), { message: 'connection reset' });
	second.resumeWith('resumed');
	t.equal((await second.answer()).kind, 'accepted', 'the client sent the answer twice');
	t.equal(second.resumed.length, 1);
});

test('a retried answer is late if the task was stopped or ran out of time', async (t) => {
	for (const reason of ['ABORTED', 'TIMED_OUT', 'cancel', 'deadline'] as const) {
		const { task, wait, answer, advance, resumeWith, report, store } = await setup();
		await report('RUNNING');
		await wait();
		if (reason === 'cancel') await store.requestCancel(task, task.createdAtMs);
		else if (reason !== 'deadline') await report(reason);
		resumeWith('endedAfterRetry');
		const answered = answer();
		if (reason === 'deadline') advance(DAY_MS);
		t.equal((await answered).kind, 'expired', reason);
		t.equal((await answer()).kind, 'expired', `${reason}, again`);
	}
});

test('a stored answer is redelivered by the next request if its invocation crashed', async (t) => {
	const { wait, answer, resumed, callbacks, task } = await setup();
	await wait();
	const found = await callbacks.find(ID);
	if (found === undefined) throw new Error('no callback');
	const stored = { status: 'success', answeredBy: { principal: 'ada' }, atMs: task.createdAtMs } as const;
	await callbacks.swap(found, { ...found, answer: stored });
	t.equal((await answer('failure', { message: 'no' })).kind, 'alreadyAnswered');
	t.match(resumed, [{ answer: { status: 'success' } }]);
	t.equal((await answer()).kind, 'alreadyAnswered');
	t.equal(resumed.length, 1);
});

test('a client that repeats its answer after a crash of the first invocation is accepted', async (t) => {
	const { wait, answer, resumed, callbacks, task, advance } = await setup();
	await wait();
	const found = await callbacks.find(ID);
	if (found === undefined) throw new Error('no callback');
	const stored = {
		status: 'success',
		message: 'yes',
		answeredBy: { principal: 'ada' },
		atMs: task.createdAtMs,
	} as const;
	await callbacks.swap(found, { ...found, answer: stored });
	advance(30_001);
	t.equal((await answer()).kind, 'accepted');
	t.match(resumed, [{ answer: { status: 'success' } }]);
});

test('a step that crashed after it read an early answer finds it again', async (t) => {
	const { task, other, claim, answer, wait } = await setup();
	await claim();
	await answer();
	for (const token of ['first', 'second'])
		t.match(await wait(task, token), { kind: 'answered', answer: { message: 'yes' } });
	t.strictSame(await wait(other, 'other'), { kind: 'in-use' }, 'until the task has ended');
});

test('an answer is accepted although another request delivered it first', async (t) => {
	const { task, wait, answer, resumed, resumeWith } = await setup();
	await wait();
	const { promise: started, resolve: start } = Promise.withResolvers<void>();
	const { promise: released, resolve: release } = Promise.withResolvers<void>();
	resumeWith(async () => {
		start();
		await released;
	});
	const first = answer();
	await started;
	resumeWith('resumed');
	t.strictSame(await answer('failure', { message: 'no' }), { kind: 'alreadyAnswered' });
	release();
	t.strictSame(await first, { kind: 'accepted', taskId: task.taskId });
	t.match(resumed, [{ answer: { message: 'yes' } }]);
	t.equal(resumed.length, 1);
});

test('an answer that ends its task at once is accepted', async (t) => {
	const { task, wait, answer, close, resumed, resumeWith, report } = await setup();
	await report('RUNNING');
	await wait();
	const { promise: applied, resolve: apply } = Promise.withResolvers<void>();
	const { promise: released, resolve: release } = Promise.withResolvers<void>();
	resumeWith(async () => {
		resumed.push({
			token: 'token',
			answer: { status: 'success', answeredBy: { principal: 'ada' }, atMs: 0 },
		});
		await report('SUCCEEDED');
		await close(task, KEY);
		apply();
		await released;
	});
	const first = answer();
	await applied;
	resumeWith('resumed');
	t.equal((await answer('failure')).kind, 'alreadyAnswered', 'before the first request has recorded it');
	release();
	t.equal((await first).kind, 'accepted');
	t.equal((await answer()).kind, 'alreadyAnswered');
});

test('a redriven task waits for a new answer', async (t) => {
	const { task, wait, answer, close, resumed } = await setup();
	await wait();
	await answer('failure');
	await close(task, KEY);
	t.strictSame(await wait(task, 'second'), { kind: 'waiting' });
	t.equal((await answer()).kind, 'accepted');
	t.strictSame(
		resumed.map(({ token }) => token),
		['token', 'second'],
	);
});

test('a task that shows waiting_for can be answered at once, also after a redrive or a retried step', async (t) => {
	for (const [name, end] of [
		['claimed', async () => {}],
		['answered before', ({ wait, answer }) => wait().then(() => answer('failure'))],
		['cancelled', ({ task, wait, close }) => wait().then(() => close(task, KEY))],
		['crashed while it waited', ({ wait }) => wait()],
	] satisfies [string, (stack: Awaited<ReturnType<typeof setup>>) => Promise<unknown>][]) {
		const stack = await setup();
		const { task, claim, wait, answer, resumed, whenShown } = stack;
		await claim();
		await end(stack);
		const before = resumed.length;
		whenShown(async () => void t.match(await answer(), { kind: 'accepted' }, name));
		t.match(await wait(task, 'second'), { kind: 'answered', answer: { status: 'success' } }, name);
		t.equal(resumed.length, before, name);
	}
});

test('an output above 200 KiB of JSON is refused before anything is stored', async (t) => {
	const { wait, answer, callbacks } = await setup();
	await wait();
	const before = await callbacks.find(ID);
	// The quotes of the JSON text are counted, and ü is two bytes.
	for (const output of [
		'x'.repeat(MAX_OUTPUT_BYTES - 1),
		'ü'.repeat(MAX_OUTPUT_BYTES / 2),
		['"'.repeat(MAX_OUTPUT_BYTES / 2)],
	])
		t.strictSame(await answer('success', { output }), { kind: 'tooLarge' });
	t.strictSame(await callbacks.find(ID), before);
	t.equal((await answer('success', { output: 'x'.repeat(MAX_OUTPUT_BYTES - 2) })).kind, 'accepted');
});

test('a callback shows the data of its task, at most 4 KiB of it', async (t) => {
	const { claim, wait, callbacks } = await setup();
	await claim();
	await wait();
	t.match(await callbacks.find(ID), {
		request: { type: 'greeting', data: { name: 'Ada' }, isDataTruncated: false },
	});
	const { data, isDataTruncated } = callbackRequest('greeting', { name: '😀'.repeat(2000) });
	t.equal(isDataTruncated, true);
	t.ok(typeof data === 'string' && Buffer.byteLength(data) <= 4096 && data.isWellFormed());
});
