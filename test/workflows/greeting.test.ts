import { test } from 'tap';
import * as Value from 'typebox/value';
import type { SlackMessage, SlackOutcome } from '../../src/partners/slack.ts';
import { steps } from '../../src/workflows/greeting/steps.ts';
import { GreetingResult, workflow } from '../../src/workflows/greeting/workflow.ts';
import { EXAMPLE_TASK_ID } from '../support/example-task.ts';
import { assertGolden } from '../support/golden-history.ts';
import { definitionOf } from '../support/released.ts';
import { runWorkflow, type WorkflowRun } from '../support/run-workflow.ts';

interface Scene {
	/** The number of attempts in which the downstream system times out. */
	readonly timeouts?: number;
	/** Slack's outcome of the post with this number. */
	readonly slack?: (number: number) => Promise<SlackOutcome>;
	readonly beforeRedrive?: (failed: WorkflowRun) => void;
}

/** Runs a greeting and records its notifications. */
async function run(
	name: string,
	{ timeouts = 0, slack = async () => ({ outcome: 'sent' }), beforeRedrive }: Scene = {},
) {
	const published: unknown[] = [];
	const posted: SlackMessage[] = [];
	let attempts = 0;
	const dependencies = {
		transientRate: 0.5,
		random: () => (attempts++ < timeouts ? 0 : 1),
		publish: async (message: unknown) => void published.push(message),
		postToSlack: async (message: SlackMessage) => {
			posted.push(message);
			return slack(posted.length - 1);
		},
	};
	const { errors } = workflow;
	const outcome = await runWorkflow(definitionOf('greeting'), {
		steps,
		input: { name },
		dependencies,
		errors,
		...(beforeRedrive === undefined ? {} : { beforeRedrive }),
	});
	return { ...outcome, published, posted, attempts: () => attempts };
}

test('a greeting succeeds and is announced', async (t) => {
	const { status, output, events, published, posted } = await run('  Ada ');
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
	t.strictSame(posted, [{ text: 'Hello Ada' }]);
	assertGolden(t, 'greeting-success', events);
});

test('a name of only white space fails and is never retried', async (t) => {
	const { status, error, cause, events, posted, attempts } = await run(' \t ');
	t.strictSame([status, error], ['FAILED', 'ValidationError']);
	t.match(cause, /only white space/);
	t.strictSame([posted, attempts()], [[], 0]);
	assertGolden(t, 'greeting-validation-failure', events);
});

test('a timeout of the downstream system is retried', async (t) => {
	const { status, output, events, attempts } = await run('Ada', { timeouts: 2 });
	t.equal(status, 'SUCCEEDED');
	t.match(output, { message: 'Hello Ada' });
	t.equal(attempts(), 3);
	assertGolden(t, 'greeting-transient', events);
});

test('a downstream system that always times out fails the greeting, which is announced', async (t) => {
	const { status, error, cause, events, published, posted, attempts } = await run('Ada', { timeouts: 4 });
	t.strictSame([status, error], ['FAILED', 'RuntimeError']);
	t.match(cause, /TRANSIENT: downstream timeout/);
	t.equal(attempts(), 4);
	t.match(published, [{ outcome: 'failed' }]);
	t.strictSame(posted, [{ text: 'The greeting of Ada failed: RuntimeError' }]);
	assertGolden(t, 'greeting-failure', events);
});

test('a rate limit of Slack is retried', async (t) => {
	const { status, published, posted } = await run('Ada', {
		slack: async (number) =>
			number < 2 ? { outcome: 'rate-limited', retryAfterSeconds: 1 } : { outcome: 'sent' },
	});
	t.equal(status, 'SUCCEEDED');
	t.equal(posted.length, 3);
	t.equal(published.length, 3, 'duplicates have the same task_id');
});

test('without a webhook, the greeting is published only to the topic', async (t) => {
	const { status, output, published } = await run('Ada', {
		slack: async () => ({ outcome: 'not-configured' }),
	});
	t.match({ status, output }, { status: 'SUCCEEDED', output: { notified: true } });
	t.equal(published.length, 1);
});

test('an unavailable Slack fails the greeting, and a redrive resumes the notification', async (t) => {
	let isDown = true;
	const slack = async (): Promise<SlackOutcome> =>
		isDown ? Promise.reject(new Error('down')) : { outcome: 'sent' };
	t.match(await run('Ada', { slack }), { status: 'FAILED', error: 'Error' });
	t.match(await run('Ada', { slack, timeouts: 4 }), { status: 'FAILED', error: 'RuntimeError' });
	const beforeRedrive = () => {
		isDown = false;
	};
	const redriven = await run('Ada', { slack, beforeRedrive });
	t.match(redriven, { status: 'SUCCEEDED', output: { message: 'Hello Ada' } });
	t.equal(redriven.attempts(), 1, 'the greeting is not processed again');
});
