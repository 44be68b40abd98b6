import { test } from 'tap';
import * as Value from 'typebox/value';
import type { ReleasePartners } from '../../src/partners/partner-apis.ts';
import { PartnerError, type PartnerErrorName } from '../../src/partners/partner-client.ts';
import { type SlackMessage, SlackUnavailableError } from '../../src/partners/slack.ts';
import { createCallbackAnswerer } from '../../src/tasks/answer-callback.ts';
import {
	type CallbackAnswer,
	callbackRequest,
	createCallbackAwaiter,
	createCallbackClaims,
	workflowAnswer,
} from '../../src/tasks/callbacks.ts';
import { publicError } from '../../src/tasks/public-error.ts';
import { executionName } from '../../src/tasks/task-message.ts';
import { type ReleaseDependencies, steps } from '../../src/workflows/release/steps.ts';
import { ReleaseResult, workflow } from '../../src/workflows/release/workflow.ts';
import { EXAMPLE_TASK_ID, exampleTask } from '../support/example-task.ts';
import { assertGolden } from '../support/golden-history.ts';
import { createMemoryCallbackStore } from '../support/memory-callback-store.ts';
import { createMemoryTaskStore } from '../support/memory-task-store.ts';
import { createRecordingLog } from '../support/recording-log.ts';
import { definitionOf } from '../support/released.ts';
import { InvocationError, runWorkflow, type WorkflowRun } from '../support/run-workflow.ts';

const STORY = 'PROJ-123';
const RELEASE = { story_id: STORY, package_ids: ['web-1', 'api-2'], environment: 'staging' as const };
const CREATED_MS = Date.UTC(2026, 0, 1);
const OTHER_TASK = exampleTask({ taskId: '01932f4e-6f00-7000-8000-00000000000b', createdAtMs: CREATED_MS });

interface Answer {
	readonly status: 'success' | 'failure';
	readonly message?: string;
	/** The second at which the answer arrives; 0: before the release waits. */
	readonly at: number;
}

interface Scene {
	readonly partners?: Partial<ReleasePartners>;
	readonly answer?: Answer;
	/** The answer after a redrive. */
	readonly secondAnswer?: Answer;
	/** Whether another release of the story is waiting. */
	readonly storyInUse?: boolean;
	readonly slackFails?: boolean;
	readonly putObject?: (key: string) => Promise<void>;
	readonly tickSeconds?: number;
	readonly failInvocation?: (state: string, attempt: number) => void;
	readonly beforeRedrive?: (failed: WorkflowRun) => void;
}

/** Runs a release; `objects` are the files it wrote. */
async function carryOut(scene: Scene = {}) {
	const { answer, secondAnswer, partners, storyInUse = false, slackFails = false } = scene;
	const { putObject = async () => {} } = scene;
	const now = () => CREATED_MS;
	const callbacks = createMemoryCallbackStore();
	const store = createMemoryTaskStore({ retentionSeconds: 3600, now });
	const { log } = createRecordingLog();
	const awaitCallback = createCallbackAwaiter({ callbacks, store, now });
	const objects: Record<string, string> = {};
	const calls: string[] = [];
	const posted: SlackMessage[] = [];
	const sound: ReleasePartners = {
		validatePackages: async () => ({ validation_id: 'V-1', valid: true, problems: [] }),
		deployPackages: async ({ environment, package_ids }) => ({
			deployment_id: 'D-1',
			environment,
			deployed: package_ids,
		}),
		notifyStakeholders: async () => ({ message_id: 'M-1' }),
		...partners,
	};
	const dependencies: ReleaseDependencies = {
		...sound,
		awaitCallback,
		findCallback: callbacks.find,
		approvalUrl: async ({ callbackKey, redriveCount }) =>
			`https://api.example/v1/approvals?token=${callbackKey}-${redriveCount}`,
		postToSlack: async (message) => {
			posted.push(message);
			if (slackFails) throw new SlackUnavailableError('Slack could not be reached.');
			return { outcome: 'sent' };
		},
		readHistory: async () => [],
		putObject: async (key, body) => {
			await putObject(key);
			objects[key] = body;
		},
		now,
	};
	const deadlineAtMs = CREATED_MS + 86_400_000;
	const task = exampleTask({ principal: 'ada', taskId: EXAMPLE_TASK_ID, createdAtMs: CREATED_MS });
	if (storyInUse)
		await awaitCallback({ task: OTHER_TASK, callbackKey: STORY, deadlineAtMs, token: 'of another' });
	else
		await createCallbackClaims({ callbacks, store, now }).claim({
			task,
			callbackKey: STORY,
			deadlineAtMs,
			request: callbackRequest('release', RELEASE),
		});
	const give = ({ status, message }: Answer, resume: (token: string, output: string) => Promise<unknown>) => {
		const given: CallbackAnswer = {
			status,
			...(message === undefined ? {} : { message }),
			answeredBy: { principal: 'ada' },
			atMs: CREATED_MS,
		};
		return createCallbackAnswerer({
			callbacks,
			store,
			now,
			log,
			resume: async (token, given) => {
				await resume(token, JSON.stringify(workflowAnswer(given)));
				return 'resumed';
			},
		})({ principal: 'ada', callbackKey: STORY }, given);
	};
	if (answer?.at === 0) await give(answer, () => Promise.reject(new Error('No execution waits yet.')));
	const run = await runWorkflow(definitionOf('release'), {
		steps: Object.fromEntries(
			Object.entries(steps).map(([name, step]) => [
				name,
				(input: unknown, context: Parameters<typeof step>[1], ports: ReleaseDependencies) => {
					calls.push(name);
					return step(input, context, ports);
				},
			]),
		),
		input: RELEASE,
		dependencies,
		errors: workflow.errors,
		...(scene.tickSeconds === undefined ? {} : { tickSeconds: scene.tickSeconds }),
		...(scene.failInvocation === undefined ? {} : { failInvocation: scene.failInvocation }),
		...(scene.beforeRedrive === undefined ? {} : { beforeRedrive: scene.beforeRedrive }),
		onTick: async (api, seconds) => {
			for (const due of [answer, secondAnswer])
				if (due !== undefined && due.at === seconds && seconds > 0)
					await give(due, (taskToken, output) => api('SendTaskSuccess', { taskToken, output }));
		},
	});
	return { ...run, objects, calls, posted };
}

const EXECUTION = executionName({ taskId: EXAMPLE_TASK_ID, createdAtMs: CREATED_MS });
const RESULT_KEY = `outputs/${EXECUTION}/result.json`;
const LOG_KEY = `logs/${EXECUTION}/execution.log`;

test('an approved release succeeds and writes its files', async (t) => {
	const run = await carryOut({ answer: { status: 'success', message: 'Looks good.', at: 5 } });
	t.equal(run.status, 'SUCCEEDED');
	const gathered = {
		story_id: STORY,
		environment: 'staging',
		validation: { validation_id: 'V-1', valid: true, problems: [] },
		deployment: { deployment_id: 'D-1', environment: 'staging', deployed: ['web-1', 'api-2'] },
		notification: { message_id: 'M-1' },
		approval: {
			message: 'Looks good.',
			at: '2026-01-01T00:00:00.000Z',
			answered_by: { principal: 'ada' },
		},
	};
	t.strictSame(run.output, { ...gathered, result_url: RESULT_KEY, log_url: LOG_KEY });
	t.ok(Value.Check(ReleaseResult, run.output));
	t.strictSame(JSON.parse(run.objects[RESULT_KEY] ?? ''), gathered);
	t.equal(run.objects[LOG_KEY], 'outcome: SUCCEEDED\n');
	assertGolden(t, 'release-approved', run.events);
});

test('each wait posts its own link to Slack, whose failure changes nothing', async (t) => {
	for (const slackFails of [false, true]) {
		const { status, posted } = await carryOut({
			answer: { status: 'failure', at: 5 },
			beforeRedrive: () => undefined,
			secondAnswer: { status: 'success', at: 20 },
			slackFails,
		});
		t.equal(status, 'SUCCEEDED');
		const links = [0, 1].map((redrives) => ({
			url: `https://api.example/v1/approvals?token=${STORY}-${redrives}`,
		}));
		t.match(
			posted,
			links.map((link) => ({
				text: /^The release PROJ-123 of ada waits for an approval until .* UTC\.$/,
				link,
			})),
		);
	}
	t.strictSame((await carryOut({ answer: { status: 'success', at: 0 } })).posted, [], 'nothing to ask for');
});

test('an early answer is applied', async (t) => {
	const approved = await carryOut({ answer: { status: 'success', at: 0 } });
	t.match(approved, { status: 'SUCCEEDED', output: { approval: { message: '' } } });
	assertGolden(t, 'release-approved-early', approved.events);
	const rejected = await carryOut({ answer: { status: 'failure', message: 'Not today.', at: 0 } });
	t.match(rejected, { status: 'FAILED', error: 'ApprovalRejected', cause: /Not today/ });
	assertGolden(t, 'release-rejected-early', rejected.events);
});

test('a rejected release fails and writes its files', async (t) => {
	const run = await carryOut({ answer: { status: 'failure', at: 5 } });
	t.match(run, { status: 'FAILED', error: 'ApprovalRejected', cause: /The release was not approved/ });
	t.strictSame(JSON.parse(run.objects[RESULT_KEY] ?? ''), {
		story_id: STORY,
		environment: 'staging',
		error: { code: 'ApprovalRejected', message: 'The release was not approved.' },
	});
	t.equal(run.objects[LOG_KEY], 'outcome: FAILED  ApprovalRejected  The release was not approved.\n');
	assertGolden(t, 'release-rejected', run.events);
});

test('a release without an answer fails after 24 hours', async (t) => {
	const run = await carryOut({ tickSeconds: 3600 });
	t.match(run, { status: 'FAILED', error: 'ApprovalTimedOut', cause: /No answer arrived within 24 hours/ });
	t.ok(run.tookSeconds >= 86_400 && run.tookSeconds < 90_000);
	t.ok(RESULT_KEY in run.objects);
	assertGolden(t, 'release-timed-out', run.events);
});

test('a story has one open release', async (t) => {
	const run = await carryOut({ storyInUse: true });
	t.match(run, { status: 'FAILED', error: 'CallbackKeyInUse', cause: /Another release of PROJ-123/ });
	assertGolden(t, 'release-key-in-use', run.events);
});

test('a release fails with the error of a partner', async (t) => {
	for (const name of [
		'PartnerUnauthorized',
		'PartnerUnavailable',
		'PartnerRejected',
	] satisfies PartnerErrorName[]) {
		let calls = 0;
		const run = await carryOut({
			partners: {
				deployPackages: async () => {
					calls += 1;
					throw new PartnerError(name, `The deployment API: ${name}.`);
				},
			},
		});
		t.match(run, { status: 'FAILED', error: name });
		t.match(JSON.parse(run.objects[RESULT_KEY] ?? ''), {
			error: { code: name, message: `The deployment API: ${name}.` },
		});
		t.equal(calls, name === 'PartnerUnavailable' ? 6 : 1, `${name}: attempts`);
		t.ok(LOG_KEY in run.objects);
	}
});

test('invalid packages fail the release', async (t) => {
	const problems = [{ package_id: 'web-1', message: 'no licence' }];
	const run = await carryOut({
		partners: { validatePackages: async () => ({ validation_id: 'V-1', valid: false, problems }) },
	});
	t.match(run, { status: 'FAILED', error: 'PackagesInvalid', cause: /web-1: no licence/ });
	assertGolden(t, 'release-packages-invalid', run.events);
});

test('an unwritable bucket fails the release and does not replace an earlier error', async (t) => {
	const putObject = async () => Promise.reject(new Error('SlowDown'));
	const approved = await carryOut({ answer: { status: 'success', at: 5 }, putObject });
	t.match(approved, { status: 'FAILED', error: 'ReleaseFailed' });
	const rejected = await carryOut({ answer: { status: 'failure', message: 'No.', at: 5 }, putObject });
	t.match(rejected, { status: 'FAILED', error: 'ApprovalRejected', cause: /"No\."/ });
	t.equal(rejected.calls.filter((name) => name === 'WriteFailure').length, 3);
	assertGolden(t, 'release-nothing-written', rejected.events);
});

test('a crash fails the release by a declared error', async (t) => {
	const run = await carryOut({
		failInvocation(state) {
			if (state === 'DeployPackages') throw new InvocationError('Runtime.ExitError');
		},
	});
	t.match(run, { status: 'FAILED', error: 'ReleaseFailed', cause: /The workflow failed/ });
	t.notMatch(run.objects[RESULT_KEY], /RequestId/);
});

test('a redrive resumes the failed partner calls, after the failure was written', async (t) => {
	let isRefused = true;
	const run = await carryOut({
		partners: {
			deployPackages: async ({ environment, package_ids }) => {
				if (isRefused) throw new PartnerError('PartnerUnauthorized', 'The deployment API refuses our token.');
				return { deployment_id: 'D-2', environment, deployed: package_ids };
			},
		},
		beforeRedrive: ({ error }) => {
			t.equal(error, 'PartnerUnauthorized');
			isRefused = false;
		},
		answer: { status: 'success', at: 5 },
	});
	t.match(run, { status: 'SUCCEEDED', output: { deployment: { deployment_id: 'D-2' } } });
	t.notMatch(run.objects[RESULT_KEY], 'PartnerUnauthorized', 'the files are those of the success');
	assertGolden(t, 'release-redriven', run.events);
});

test('a redrive of a rejected release asks for an answer again', async (t) => {
	const run = await carryOut({
		answer: { status: 'failure', message: 'Not today.', at: 3 },
		beforeRedrive: ({ error }) => t.equal(error, 'ApprovalRejected'),
		secondAnswer: { status: 'success', message: 'Today.', at: 8 },
	});
	t.match(run, { status: 'SUCCEEDED', output: { approval: { message: 'Today.' } } });
	t.equal(run.calls.filter((name) => name === 'DeployPackages').length, 1, 'nothing is deployed again');
});

test('a redrive resumes the write of an approved release', async (t) => {
	let isBroken = true;
	const run = await carryOut({
		answer: { status: 'success', message: 'Go.', at: 5 },
		putObject: async () => {
			if (isBroken) throw new Error('AccessDenied');
		},
		beforeRedrive: () => {
			isBroken = false;
		},
	});
	t.match(run, { status: 'SUCCEEDED', output: { approval: { message: 'Go.' } } });
	t.equal(run.calls.filter((name) => name === 'AwaitApproval').length, 1);
});

test('the message of a rejection is kept verbatim', async (t) => {
	for (const message of [
		'{"reason":"no"}',
		'{"errorType":"ApprovalRejected","errorMessage":"forged"}',
		'{"final":true,"cause":"forged"}',
		'Blocked by arn:aws:lambda:eu-west-1:123456789012:function:payments',
		'{% $states.context %}',
		'RequestId: 1 😀\n    at x',
	]) {
		const { error, cause } = await carryOut({ answer: { status: 'failure', message, at: 3 } });
		t.strictSame(publicError({ error: String(error), cause: String(cause) }, workflow.errors), {
			code: 'ApprovalRejected',
			message,
		});
	}
});
