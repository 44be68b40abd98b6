import { test } from 'tap';
import { createCallbackAnswerer } from '../../src/tasks/answer-callback.ts';
import {
	createCallbackAnnouncer,
	createCallbackAwaiter,
	createCallbackCloser,
} from '../../src/tasks/await-callback.ts';
import type { CallbackAnswer } from '../../src/tasks/callback.ts';
import { exampleTask } from '../support/example-task.ts';
import { createMemoryCallbackStore } from '../support/memory-callback-store.ts';
import { createMemoryTaskStore } from '../support/memory-task-store.ts';
import { createRecordingLog } from '../support/recording-log.ts';

const KEY = 'PROJ-123';
const DAY_MS = 24 * 3600 * 1000;

async function setup() {
	const task = exampleTask({ callbackKey: KEY });
	let nowMs = task.createdAtMs;
	const now = () => nowMs;
	const callbacks = createMemoryCallbackStore();
	const store = createMemoryTaskStore({ retentionSeconds: 3600, now });
	await store.create(task);
	const resumed: { token: string; answer: CallbackAnswer }[] = [];
	/** What Step Functions answers; a function is what happens while it does. */
	let outcome: 'resumed' | 'late' | Error | (() => Promise<void>) = 'resumed';
	const { log } = createRecordingLog();
	const answerCallback = createCallbackAnswerer({
		callbacks,
		store,
		now,
		log,
		resume: async (token, answer) => {
			if (outcome instanceof Error) throw outcome;
			if (typeof outcome === 'function') await outcome();
			if (outcome === 'late' || resumed.some((earlier) => earlier.token === token)) return 'late';
			resumed.push({ token, answer });
			return 'resumed';
		},
	});
	const deadlineAtMs = nowMs + DAY_MS;
	const awaitCallback = createCallbackAwaiter({ callbacks, store, now });
	const announce = createCallbackAnnouncer({ callbacks, now });
	return {
		task,
		other: exampleTask({ taskId: '01932f4e-6f00-7000-8000-00000000000b', callbackKey: KEY }),
		callbacks,
		store,
		resumed,
		announce: (of = task) => announce({ task: of, callbackKey: KEY, deadlineAtMs }),
		wait: (of = task, token = 'token') =>
			awaitCallback({ task: of, callbackKey: KEY, deadlineAtMs: nowMs + DAY_MS, token }),
		answer: (status: 'success' | 'failure' = 'success', message = 'yes') =>
			answerCallback(KEY, { status, message, atMs: nowMs }),
		close: createCallbackCloser({ callbacks, now }),
		waitingFor: async () => (await store.get(task))?.waitingFor,
		advance: (ms: number) => (nowMs += ms),
		resumeWith: (next: typeof outcome) => (outcome = next),
	};
}

test('an answer resumes the task that waits, and what it waited for is gone', async (t) => {
	const { task, wait, answer, resumed, waitingFor } = await setup();
	t.strictSame(await answer(), { kind: 'unknown' });
	t.strictSame(await wait(), { kind: 'waiting' });
	t.match(await waitingFor(), { callbackKey: KEY, expiresAtMs: task.createdAtMs + DAY_MS });
	t.strictSame(await answer('failure', 'no'), { kind: 'taken', taskId: task.taskId });
	t.match(resumed, [{ token: 'token', answer: { status: 'failure', message: 'no' } }]);
	t.equal(await waitingFor(), undefined);
	t.strictSame(await answer(), { kind: 'used' });
	t.equal(resumed.length, 1);
});

test('of answers at the same moment exactly one is taken', async (t) => {
	const { wait, answer, resumed } = await setup();
	await wait();
	const kinds = (await Promise.all(Array.from({ length: 8 }, () => answer()))).map(({ kind }) => kind);
	t.equal(kinds.filter((kind) => kind === 'taken').length, 1);
	t.equal(kinds.filter((kind) => kind === 'used').length, 7);
	t.equal(resumed.length, 1);
});

test('an answer that comes early is kept for the task, once', async (t) => {
	const { task, announce, answer, wait, resumed, waitingFor } = await setup();
	t.equal(await announce(), 'announced');
	t.strictSame(await answer(), { kind: 'taken', taskId: task.taskId });
	t.strictSame(await answer(), { kind: 'used' });
	t.equal(await announce(), 'announced', 'a repeated announcement does not forget it');
	t.match(await wait(), { kind: 'answered', answer: { status: 'success', message: 'yes' } });
	t.strictSame(resumed, []);
	t.equal(await waitingFor(), undefined);
	t.strictSame(await answer(), { kind: 'used' });
});

test('a key is one task’s at a time, until that has its answer, ends, or has waited too long', async (t) => {
	for (const free of ['answer', 'close', 'deadline'] as const) {
		const { task, other, announce, wait, answer, close, advance, callbacks } = await setup();
		await wait();
		t.equal(await announce(other), 'in-use');
		t.strictSame(await wait(other, 'other'), { kind: 'in-use' });
		await close(other, KEY);
		t.strictSame(await wait(other, 'other'), { kind: 'in-use' }, 'another’s end frees nothing');
		if (free === 'answer') await answer();
		if (free === 'close') await close(task, KEY);
		if (free === 'deadline') advance(DAY_MS);
		t.strictSame(await wait(other, 'other'), { kind: 'waiting' }, free);
		t.match(await callbacks.find(KEY), { taskId: other.taskId, token: 'other' });
	}
});

test('an answer is late once the task has ended, its time is over, or Step Functions says so', async (t) => {
	for (const late of ['close', 'deadline', 'step functions'] as const) {
		const { task, wait, answer, close, advance, resumeWith, resumed } = await setup();
		await wait();
		if (late === 'close') await close(task, KEY);
		if (late === 'deadline') advance(DAY_MS);
		if (late === 'step functions') resumeWith('late');
		t.equal((await answer()).kind, 'late', late);
		t.equal(resumed.length, 0);
	}
});

test('an answer that could not be handed on can be sent again', async (t) => {
	const { wait, answer, resumed, resumeWith } = await setup();
	await wait();
	resumeWith(new Error('throttled'));
	await t.rejects(answer(), { message: 'throttled' });
	resumeWith('resumed');
	t.equal((await answer()).kind, 'taken');
	t.equal(resumed.length, 1);
});

test('an answer that a dead function has left behind is handed on by whoever comes next', async (t) => {
	const { wait, answer, resumed, callbacks, task } = await setup();
	await wait();
	const found = await callbacks.find(KEY);
	if (found === undefined) throw new Error('no callback');
	await callbacks.swap(found, { ...found, answer: { status: 'success', atMs: task.createdAtMs } });
	t.equal((await answer('failure', 'no')).kind, 'used');
	t.match(resumed, [{ answer: { status: 'success' } }]);
	t.equal((await answer()).kind, 'used');
	t.equal(resumed.length, 1);
});

test('a step that died with an early answer finds it when it is tried again', async (t) => {
	const { task, other, announce, answer, wait } = await setup();
	await announce();
	await answer();
	for (const token of ['first', 'second'])
		t.match(await wait(task, token), { kind: 'answered', answer: { message: 'yes' } });
	t.strictSame(await wait(other, 'other'), { kind: 'in-use' }, 'until the task has ended');
});

test('an answer that another request hands on first is taken all the same', async (t) => {
	const { task, wait, answer, resumed, resumeWith } = await setup();
	await wait();
	const { promise: tried, resolve: begin } = Promise.withResolvers<void>();
	const { promise: goOn, resolve: letGo } = Promise.withResolvers<void>();
	resumeWith(async () => {
		begin();
		await goOn;
	});
	const first = answer();
	await tried;
	resumeWith('resumed');
	t.strictSame(await answer('failure', 'no'), { kind: 'used' });
	letGo();
	t.strictSame(await first, { kind: 'taken', taskId: task.taskId });
	t.match(resumed, [{ answer: { message: 'yes' } }]);
	t.equal(resumed.length, 1);
});

test('a task that is redriven waits anew', async (t) => {
	const { task, wait, answer, close, resumed } = await setup();
	await wait();
	await answer('failure');
	await close(task, KEY);
	t.strictSame(await wait(task, 'second'), { kind: 'waiting' });
	t.equal((await answer()).kind, 'taken');
	t.strictSame(
		resumed.map(({ token }) => token),
		['token', 'second'],
	);
});
