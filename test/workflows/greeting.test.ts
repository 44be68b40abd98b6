import { type Test, test } from 'tap';
import * as Value from 'typebox/value';
import { createStepsHandler } from '../../src/workflows/define-step.ts';
import { createNotify, type NotifyDependencies } from '../../src/workflows/greeting/notify.ts';
import { GreetingResult } from '../../src/workflows/greeting/result.ts';
import { createNotifyFailure } from '../../src/workflows/greeting/steps/notify-failure.ts';
import { createNotifySuccess } from '../../src/workflows/greeting/steps/notify-success.ts';
import { createProcess } from '../../src/workflows/greeting/steps/process.ts';
import { validate } from '../../src/workflows/greeting/steps/validate.ts';
import { EXAMPLE_TASK_ID } from '../support/example-task.ts';
import { assertGolden } from '../support/golden-history.ts';
import { createRecordingLog } from '../support/recording-log.ts';
import { runWorkflow } from '../support/run-workflow.ts';

/** Runs a greeting whose downstream times out at its first attempts, and whose Slack does as `slack` says at its n-th call. */
async function run(
	t: Test,
	name: string,
	{
		timeouts = 0,
		slack = async () => ({ outcome: 'sent' }),
	}: { timeouts?: number; slack?: (number: number) => ReturnType<NotifyDependencies['postToSlack']> } = {},
) {
	const published: unknown[] = [];
	const posted: string[] = [];
	let attempts = 0;
	const notify = createNotify({
		publish: async (message) => void published.push(message),
		postToSlack: async (text) => {
			posted.push(text);
			return slack(posted.length - 1);
		},
	});
	const { log } = createRecordingLog();
	const handler = createStepsHandler(
		{
			Validate: validate,
			Process: createProcess({ transientRate: 0.5, random: () => (attempts++ < timeouts ? 0 : 1) }),
			NotifySuccess: createNotifySuccess(notify),
			NotifyFailure: createNotifyFailure(notify),
		},
		log,
	);
	return {
		...(await runWorkflow(t, 'greeting', { name }, handler)),
		published,
		posted,
		attempts: () => attempts,
	};
}

test('a greeting is made and told of', async (t) => {
	const { status, output, events, published, posted } = await run(t, '  Ada ');
	t.equal(status, 'SUCCEEDED');
	t.strictSame(output, {
		name: 'Ada',
		message: 'Hello Ada',
		validated: true,
		processed: true,
		notified: true,
	});
	t.ok(Value.Check(GreetingResult, output));
	t.strictSame(published, [
		{ task_id: EXAMPLE_TASK_ID, type: 'greeting', outcome: 'succeeded', text: 'Hello Ada' },
	]);
	t.strictSame(posted, ['Hello Ada']);
	assertGolden(t, 'greeting-success', events);
});

test('a name of white space alone ends it before anything is done', async (t) => {
	const { status, error, cause, events, posted, attempts } = await run(t, ' \t ');
	t.strictSame([status, error], ['FAILED', 'ValidationError']);
	t.match(cause, /only white space/);
	t.strictSame([posted, attempts()], [[], 0]);
	assertGolden(t, 'greeting-validation-failure', events);
});

test('a downstream that times out is asked again', async (t) => {
	const { status, output, events, attempts } = await run(t, 'Ada', { timeouts: 2 });
	t.equal(status, 'SUCCEEDED');
	t.match(output, { message: 'Hello Ada' });
	t.equal(attempts(), 3);
	assertGolden(t, 'greeting-transient', events);
});

test('a downstream that keeps timing out is told of, and the greeting fails', async (t) => {
	const { status, error, cause, events, published, posted, attempts } = await run(t, 'Ada', { timeouts: 4 });
	t.strictSame([status, error], ['FAILED', 'RuntimeError']);
	t.match(cause, /TRANSIENT: downstream timeout/);
	t.equal(attempts(), 4);
	t.match(published, [{ outcome: 'failed' }]);
	t.strictSame(posted, ['The greeting of Ada failed: RuntimeError']);
	assertGolden(t, 'greeting-failure', events);
});

test('a Slack that takes no more for now is told again', async (t) => {
	const { status, published, posted } = await run(t, 'Ada', {
		slack: async (number) => ({ outcome: number < 2 ? 'rate-limited' : 'sent' }),
	});
	t.equal(status, 'SUCCEEDED');
	t.equal(posted.length, 3);
	t.equal(published.length, 3, 'what is published may come again, with the same task_id');
});

test('a Slack that stays away fails the greeting; what failed already keeps its own error', async (t) => {
	const down = async () => Promise.reject(new Error('down'));
	t.match(await run(t, 'Ada', { slack: down }), { status: 'FAILED' });
	t.match(await run(t, 'Ada', { slack: down, timeouts: 4 }), { status: 'FAILED', error: 'RuntimeError' });
});
