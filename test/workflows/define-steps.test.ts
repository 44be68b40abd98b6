import { once } from 'node:events';
import { test } from 'tap';
import * as Type from 'typebox';
import type { Progress, ProgressReporter } from '../../src/tasks/task.ts';
import {
	createStepsHandler,
	defineStep,
	type StepContext,
	StepError,
} from '../../src/workflows/define-steps.ts';
import { createRecordingLog } from '../support/recording-log.ts';

const PAYLOAD = {
	task: { task_id: 'id', principal: 'ada', type: 'example', created_at_ms: 7 },
	state: { EnteredTime: '2026-01-01T00:00:00Z', Name: 'Work', RetryCount: 2 },
	input: { percent: 50 },
};

/** The payload of another state. */
const payloadFor = (name: string) => ({ ...PAYLOAD, state: { ...PAYLOAD.state, Name: name } });

/** Creates a handler with a step that reports the given percentage and one that fails. */
function createHandler(progressReporter?: ProgressReporter) {
	const { log, lines } = createRecordingLog();
	const work = defineStep({
		input: Type.Object({ percent: Type.Number() }),
		async run({ percent }, { taskId, attempt, progress }) {
			await progress({ percent, message: 'so far' });
			return { taskId, attempt };
		},
	});
	const fail = async () => Promise.reject(new StepError('Odd', 'It is odd.'));
	const handler = createStepsHandler({
		steps: { Work: work, Fail: fail },
		log,
		connect: () => ({
			dependencies: undefined,
			...(progressReporter === undefined ? {} : { progressReporter }),
		}),
	});
	return { handler, lines };
}

test('a step receives its input and the context of its task', async (t) => {
	const { handler } = createHandler();
	t.strictSame(await handler(PAYLOAD), { taskId: 'id', attempt: 2 });
});

test('a payload or an input that does not match its schema is rejected', async (t) => {
	const { handler } = createHandler();
	for (const member of ['task', 'state']) {
		await t.rejects(handler({ ...PAYLOAD, [member]: null }), { code: 'unexpected-shape' }, member);
	}
	for (const member of ['task_id', 'principal', 'type', 'created_at_ms']) {
		const task = { ...PAYLOAD.task, [member]: null };
		await t.rejects(handler({ ...PAYLOAD, task }), { code: 'unexpected-shape' }, member);
	}
	await t.rejects(handler({ ...PAYLOAD, input: {} }), { message: /^step input/ });
	await t.rejects(handler(payloadFor('Play')), { name: 'UnknownStep' });
});

test('a failed step is logged once with its task, and its error is not changed', async (t) => {
	const { handler, lines } = createHandler();
	await t.rejects(handler(payloadFor('Fail')), { name: 'Odd', message: 'It is odd.' });
	t.match(
		lines.filter(({ level }) => level === 'error'),
		[{ message: 'step failed', task_id: 'id', execution: 'id-7', state: 'Fail', attempt: 2 }],
	);
});

test('a step that reaches the time limit of its function logs the limit', async (t) => {
	// The timer of an AbortSignal does not keep the process alive.
	const keepAlive = setInterval(() => undefined, 1000);
	t.teardown(() => clearInterval(keepAlive));
	const { log, lines } = createRecordingLog();
	const waits = async (_: unknown, { signal }: StepContext) => {
		if (!signal.aborted) await once(signal, 'abort');
	};
	const handler = createStepsHandler({
		steps: { Work: waits },
		log,
		connect: () => ({ dependencies: undefined }),
	});
	await handler(PAYLOAD, { getRemainingTimeInMillis: () => 500 });
	t.match(
		lines.filter(({ level }) => level === 'error'),
		[{ message: 'step reached its time limit', limit_seconds: 0.5, task_id: 'id', state: 'Work' }],
	);
	lines.length = 0;
	await handler(PAYLOAD, { getRemainingTimeInMillis: () => 60_000, signal: AbortSignal.abort() });
	t.strictSame(
		lines.filter(({ level }) => level === 'error'),
		[],
		'a caller that has left is no timeout',
	);
});

test('progress is reported for one creation of the task', async (t) => {
	const reports: unknown[] = [];
	const { handler } = createHandler({
		report: async (task, progress: Progress) => void reports.push([task, progress]),
	});
	await handler(PAYLOAD);
	t.strictSame(reports, [
		[
			{ principal: 'ada', taskId: 'id', createdAtMs: 7 },
			{ percent: 50, message: 'so far' },
		],
	]);
});

test('a failed report is a warning and never fails the step', async (t) => {
	const failing = createHandler({ report: () => Promise.reject(new Error('throttled')) });
	t.match(await failing.handler(PAYLOAD), { taskId: 'id' });
	t.match(
		failing.lines.filter(({ level }) => level === 'warn'),
		[{ message: 'progress not reported', task_id: 'id', error: { message: 'throttled' } }],
	);

	const undeclared = createHandler();
	await undeclared.handler(PAYLOAD);
	t.match(
		undeclared.lines.filter(({ level }) => level === 'warn'),
		[{ error: { message: /reportsProgress/ } }],
	);

	const reports: unknown[] = [];
	const odd = createHandler({ report: async (...report) => void reports.push(report) });
	await odd.handler({ ...PAYLOAD, input: { percent: 101 } });
	t.match(
		odd.lines.filter(({ level }) => level === 'warn'),
		[{ error: { code: 'unexpected-shape' } }],
	);
	t.strictSame(reports, [], 'an invalid report is not stored');
});

test('the signal of a step aborts with its caller', async (t) => {
	const { log } = createRecordingLog();
	const signals: AbortSignal[] = [];
	const work = defineStep({
		input: Type.Unknown(),
		run: async (_, { signal }) => void signals.push(signal),
	});
	const handler = createStepsHandler({
		steps: { Work: work },
		log,
		connect: () => ({ dependencies: undefined }),
	});
	const caller = new AbortController();
	const context = { getRemainingTimeInMillis: () => 60_000, signal: caller.signal };
	await handler(PAYLOAD, context);
	t.equal(signals[0]?.aborted, false);
	caller.abort();
	t.equal(signals[0]?.aborted, true, 'the caller has stopped waiting');
	await handler(PAYLOAD);
	t.equal(signals[1]?.aborted, false, 'Lambda itself never aborts it');
});

test('large inputs and outputs pass through the claim store', async (t) => {
	const { log } = createRecordingLog();
	const large = 'x'.repeat(300 * 1024);
	const objects = new Map([['claims/id-7/a.json', JSON.stringify({ text: large })]]);
	const claims = {
		put: async (key: string, text: string) => void objects.set(key, text),
		get: async (key: string) => objects.get(key) ?? '',
	};
	const got: unknown[] = [];
	const work = defineStep({
		input: Type.Unknown(),
		async run(input) {
			got.push(input);
			return input;
		},
	});
	const handler = createStepsHandler({
		steps: { Work: work },
		log,
		connect: () => ({ dependencies: undefined, claims }),
	});
	const answer = await handler({ ...PAYLOAD, input: { $claim: 'claims/id-7/a.json' } });
	await handler({ ...PAYLOAD, input: { data: { $claim: 'claims/id-7/a.json' }, more: 1 } });
	t.strictSame(got, [{ text: large }, { data: { text: large }, more: 1 }]);
	const { $claim } = Object(answer);
	t.match($claim, /^claims\/id-7\/Work-[0-9a-f]{16}\.json$/);
	t.equal(objects.get($claim), JSON.stringify({ text: large }));
	t.strictSame(
		await handler({ ...PAYLOAD, input: { $claim: 'claims/id-7/a.json' } }),
		answer,
		'the same output has the same key',
	);
	const small = createStepsHandler({
		steps: { Work: work },
		log,
		connect: () => ({ dependencies: undefined }),
	});
	await t.rejects(small({ ...PAYLOAD, input: large }), { name: 'OutputTooLarge' });
});

test('an invalid environment is logged with the task', async (t) => {
	const { log, lines } = createRecordingLog();
	const connect = () => {
		throw new Error('environment: INVENTORY_URL must have the format of a URL');
	};
	const handler = createStepsHandler({ steps: { Work: async () => 1 }, log, connect });
	await t.rejects(handler(PAYLOAD), { message: /INVENTORY_URL/ });
	t.match(lines, [{ level: 'error', message: 'step failed', task_id: 'id', state: 'Work' }]);
});
