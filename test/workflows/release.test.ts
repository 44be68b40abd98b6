import { type Test, test } from 'tap';
import * as Value from 'typebox/value';
import { PartnerError, type PartnerErrorName } from '../../src/partners/partner-error.ts';
import { createCallbackAnswerer } from '../../src/tasks/answer-callback.ts';
import {
	type CallbackAnswer,
	callbackRequest,
	createCallbackAwaiter,
	createCallbackClaims,
	workflowAnswer,
} from '../../src/tasks/callbacks.ts';
import { createStepsHandler } from '../../src/workflows/define-step.ts';
import type { ReleasePartners } from '../../src/workflows/release/partners.ts';
import { ReleaseResult } from '../../src/workflows/release/result.ts';
import { createAwaitApproval } from '../../src/workflows/release/steps/await-approval.ts';
import { createDeployPackages } from '../../src/workflows/release/steps/deploy-packages.ts';
import { createNotifyStakeholders } from '../../src/workflows/release/steps/notify-stakeholders.ts';
import { createTakeEarlyAnswer } from '../../src/workflows/release/steps/take-early-answer.ts';
import { createValidatePackages } from '../../src/workflows/release/steps/validate-packages.ts';
import { createWriteFailure } from '../../src/workflows/release/steps/write-failure.ts';
import { createWriteResult } from '../../src/workflows/release/steps/write-result.ts';
import { createWriteFiles } from '../../src/workflows/release/write-files.ts';
import { EXAMPLE_TASK_ID, exampleTask } from '../support/example-task.ts';
import { assertGolden } from '../support/golden-history.ts';
import { createMemoryCallbackStore } from '../support/memory-callback-store.ts';
import { createMemoryTaskStore } from '../support/memory-task-store.ts';
import { createRecordingLog } from '../support/recording-log.ts';
import { runWorkflow } from '../support/run-workflow.ts';

const STORY = 'PROJ-123';
const RELEASE = { story_id: STORY, package_ids: ['web-1', 'api-2'], environment: 'staging' as const };
const CREATED_MS = Date.UTC(2026, 0, 1);
const OTHERS = exampleTask({ taskId: '01932f4e-6f00-7000-8000-00000000000b', createdAtMs: CREATED_MS });

interface Scene {
	readonly partners?: Partial<ReleasePartners>;
	/** What is answered, and after how many seconds; 0: before the release waits. */
	readonly answer?: {
		readonly status: 'success' | 'failure';
		readonly message?: string;
		readonly at: number;
	};
	/** Whether another release of the story waits already. */
	readonly storyInUse?: boolean;
	readonly putObject?: (key: string) => Promise<void>;
	readonly tickSeconds?: number;
}

/** Carries out a release; `objects` is what it wrote to the bucket. */
async function carryOut(t: Test, scene: Scene = {}) {
	const { answer, partners, storyInUse = false, putObject = async () => {}, tickSeconds = 1 } = scene;
	const now = () => CREATED_MS;
	const callbacks = createMemoryCallbackStore();
	const store = createMemoryTaskStore({ retentionSeconds: 3600, now });
	const { log } = createRecordingLog();
	const awaitCallback = createCallbackAwaiter({ callbacks, store, now });
	const objects: Record<string, string> = {};
	const writeFiles = createWriteFiles({
		readHistory: async () => [],
		putObject: async (key, body) => {
			await putObject(key);
			objects[key] = body;
		},
	});
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
	const handler = createStepsHandler(
		{
			ValidatePackages: createValidatePackages(sound),
			DeployPackages: createDeployPackages(sound),
			NotifyStakeholders: createNotifyStakeholders(sound),
			AwaitApproval: createAwaitApproval({ awaitCallback, now }),
			TakeEarlyAnswer: createTakeEarlyAnswer({ findCallback: callbacks.find }),
			WriteResult: createWriteResult(writeFiles),
			WriteFailure: createWriteFailure(writeFiles),
		},
		log,
	);
	const given = (): CallbackAnswer => ({
		status: answer?.status ?? 'success',
		...(answer?.message === undefined ? {} : { message: answer.message }),
		answeredBy: { principal: 'ada' },
		atMs: CREATED_MS,
	});
	const deadlineAtMs = CREATED_MS + 86_400_000;
	if (storyInUse)
		await awaitCallback({ task: OTHERS, callbackKey: STORY, deadlineAtMs, token: 'of another' });
	else {
		const task = exampleTask({ principal: 'ada', taskId: EXAMPLE_TASK_ID, createdAtMs: CREATED_MS });
		await createCallbackClaims({ callbacks, store, now }).claim({
			task,
			callbackKey: STORY,
			deadlineAtMs,
			request: callbackRequest('release', RELEASE),
		});
	}
	const answering = (resume: (token: string, output: string) => Promise<unknown>) =>
		createCallbackAnswerer({
			callbacks,
			store,
			now,
			log,
			resume: async (token, given) => {
				await resume(token, JSON.stringify(workflowAnswer(given)));
				return 'resumed';
			},
		})({ principal: 'ada', callbackKey: STORY }, given());
	if (answer?.at === 0) await answering(() => Promise.reject(new Error('Nobody waits yet.')));
	const run = await runWorkflow(t, 'release', RELEASE, handler, {
		tickSeconds,
		onTick: async (machine, seconds) => {
			if (answer?.at === seconds && seconds > 0)
				await answering((taskToken, output) => machine.api('SendTaskSuccess', { taskToken, output }));
		},
	});
	return { ...run, objects };
}

const RESULT_KEY = 'outputs/execution/result.json';
const LOG_KEY = 'logs/execution/execution.log';

test('a release that is approved', async (t) => {
	const run = await carryOut(t, { answer: { status: 'success', message: 'Looks good.', at: 5 } });
	t.equal(run.status, 'SUCCEEDED');
	const gathered = {
		story_id: STORY,
		environment: 'staging',
		validation: { validation_id: 'V-1', valid: true, problems: [] },
		deployment: { deployment_id: 'D-1', environment: 'staging', deployed: ['web-1', 'api-2'] },
		notification: { message_id: 'M-1' },
		approval: { message: 'Looks good.', at: '2026-01-01T00:00:00.000Z' },
	};
	t.strictSame(run.output, { ...gathered, result_url: RESULT_KEY, log_url: LOG_KEY });
	t.ok(Value.Check(ReleaseResult, run.output));
	t.strictSame(JSON.parse(run.objects[RESULT_KEY] ?? ''), gathered);
	t.equal(run.objects[LOG_KEY], 'outcome: SUCCEEDED\n');
	assertGolden(t, 'release-approved', run.events);
});

test('an answer that came early is taken, whatever it is', async (t) => {
	const approved = await carryOut(t, { answer: { status: 'success', at: 0 } });
	t.match(approved, { status: 'SUCCEEDED', output: { approval: { message: '' } } });
	assertGolden(t, 'release-approved-early', approved.events);
	const rejected = await carryOut(t, { answer: { status: 'failure', message: 'Not today.', at: 0 } });
	t.match(rejected, { status: 'FAILED', error: 'ApprovalRejected', cause: 'Not today.' });
	assertGolden(t, 'release-rejected-early', rejected.events);
});

test('a release that is rejected writes its files all the same', async (t) => {
	const run = await carryOut(t, { answer: { status: 'failure', at: 5 } });
	t.match(run, { status: 'FAILED', error: 'ApprovalRejected', cause: 'The release was not approved.' });
	t.strictSame(JSON.parse(run.objects[RESULT_KEY] ?? ''), {
		story_id: STORY,
		environment: 'staging',
		error: { code: 'ApprovalRejected', message: 'The release was not approved.' },
	});
	t.equal(run.objects[LOG_KEY], 'outcome: FAILED  ApprovalRejected  The release was not approved.\n');
	assertGolden(t, 'release-rejected', run.events);
});

test('a release that nobody answers ends after 24 hours', async (t) => {
	const run = await carryOut(t, { tickSeconds: 3600 });
	t.match(run, { status: 'FAILED', error: 'ApprovalTimedOut', cause: 'Nobody answered within 24 hours.' });
	t.ok(run.tookSeconds >= 86_400 && run.tookSeconds < 90_000);
	t.ok(RESULT_KEY in run.objects);
	assertGolden(t, 'release-timed-out', run.events);
});

test('a story that another release waits for is in use', async (t) => {
	const run = await carryOut(t, { storyInUse: true });
	t.match(run, { status: 'FAILED', error: 'CallbackKeyInUse', cause: /Another release of PROJ-123/ });
	assertGolden(t, 'release-key-in-use', run.events);
});

test('what a partner does to a release fails it under its own name', async (t) => {
	for (const name of [
		'PartnerUnauthorized',
		'PartnerUnavailable',
		'PartnerRejected',
	] satisfies PartnerErrorName[]) {
		let calls = 0;
		const run = await carryOut(t, {
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
		t.equal(calls, name === 'PartnerUnavailable' ? 4 : 1, `${name}: attempts`);
		t.ok(LOG_KEY in run.objects);
	}
});

test('packages that may not go end the release', async (t) => {
	const problems = [{ package_id: 'web-1', message: 'no licence' }];
	const run = await carryOut(t, {
		partners: { validatePackages: async () => ({ validation_id: 'V-1', valid: false, problems }) },
	});
	t.match(run, { status: 'FAILED', error: 'PackagesInvalid', cause: /web-1: no licence/ });
	assertGolden(t, 'release-packages-invalid', run.events);
});

test('a bucket that takes nothing fails the release, and hides no earlier failure', async (t) => {
	const putObject = async () => Promise.reject(new Error('SlowDown'));
	const approved = await carryOut(t, { answer: { status: 'success', at: 5 }, putObject });
	t.match(approved, { status: 'FAILED', error: 'Error', cause: /SlowDown/ });
	const rejected = await carryOut(t, { answer: { status: 'failure', message: 'No.', at: 5 }, putObject });
	t.match(rejected, { status: 'FAILED', error: 'ApprovalRejected', cause: 'No.' });
	assertGolden(t, 'release-nothing-written', rejected.events);
});
