import { test } from 'tap';
import * as Type from 'typebox';
import type { Progress, ProgressReporter } from '../../src/tasks/task.ts';
import { createStepsHandler, defineStep, StepError } from '../../src/workflows/define-step.ts';
import { createRecordingLog } from '../support/recording-log.ts';

const PAYLOAD = {
	step: 'Work',
	principal: 'ada',
	task_id: 'id',
	created_at_ms: 7,
	attempt: 2,
	input: { percent: 50 },
};

/** A handler of one step that reports the percent it is given. */
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
	return {
		handler: createStepsHandler({ Work: work, Fail: fail }, log, progressReporter && { progressReporter }),
		lines,
	};
}

test('a step gets its input and what is known of its task', async (t) => {
	const { handler } = createHandler();
	t.strictSame(await handler(PAYLOAD), { taskId: 'id', attempt: 2 });
});

test('a payload or an input of another shape is refused', async (t) => {
	const { handler } = createHandler();
	for (const member of ['step', 'principal', 'task_id', 'created_at_ms', 'attempt']) {
		await t.rejects(handler({ ...PAYLOAD, [member]: null }), { code: 'unexpected-shape' }, member);
	}
	await t.rejects(handler({ ...PAYLOAD, input: {} }), { message: /^step input/ });
	await t.rejects(handler({ ...PAYLOAD, step: 'Play' }), { name: 'UnknownStep' });
});

test('a step that fails is logged once, with its task, and told as it is', async (t) => {
	const { handler, lines } = createHandler();
	await t.rejects(handler({ ...PAYLOAD, step: 'Fail' }), { name: 'Odd', message: 'It is odd.' });
	t.match(
		lines.filter(({ level }) => level === 'error'),
		[{ message: 'step failed', task_id: 'id', step: 'Fail', attempt: 2 }],
	);
});

test('progress is reported for the very creation of the task', async (t) => {
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

test('a report that fails is a warning and never fails the step', async (t) => {
	const failing = createHandler({ report: () => Promise.reject(new Error('throttled')) });
	t.match(await failing.handler(PAYLOAD), { taskId: 'id' });
	t.match(
		failing.lines.filter(({ level }) => level === 'warn'),
		[{ message: 'progress was not reported', task_id: 'id', error: { message: 'throttled' } }],
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
	t.strictSame(reports, [], 'a row that cannot be read is not written');
});

test('a step is told when it should stop', async (t) => {
	const { log } = createRecordingLog();
	const signals: AbortSignal[] = [];
	const work = defineStep({
		input: Type.Unknown(),
		run: async (_, { signal }) => void signals.push(signal),
	});
	const handler = createStepsHandler({ Work: work }, log);
	const caller = new AbortController();
	const context = { getRemainingTimeInMillis: () => 60_000, signal: caller.signal };
	await handler(PAYLOAD, context);
	t.equal(signals[0]?.aborted, false);
	caller.abort();
	t.equal(signals[0]?.aborted, true, 'nobody waits for it any more');
	await handler(PAYLOAD);
	t.equal(signals[1]?.aborted, false, 'Lambda itself tells nothing of that');
});

test('a step gets the data itself, and what it gives may be large', async (t) => {
	const { log } = createRecordingLog();
	const large = 'x'.repeat(300 * 1024);
	const objects = new Map([['claims/a', JSON.stringify({ text: large })]]);
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
	const handler = createStepsHandler({ Work: work }, log, { claims });
	const answer = await handler({ ...PAYLOAD, input: { $claim: 'claims/a' } });
	await handler({ ...PAYLOAD, input: { data: { $claim: 'claims/a' }, more: 1 } });
	t.strictSame(got, [{ text: large }, { data: { text: large }, more: 1 }]);
	const { $claim } = Object(answer);
	t.match($claim, /^claims\/id-7\/Work-[0-9a-f]{16}\.json$/);
	t.equal(objects.get($claim), JSON.stringify({ text: large }));
	t.strictSame(await handler({ ...PAYLOAD, input: { $claim: 'claims/a' } }), answer, 'again the same key');
	const small = createStepsHandler({ Work: work }, log);
	await t.rejects(small({ ...PAYLOAD, input: large }), { name: 'OutputTooLarge' });
});
