import * as Type from 'typebox';
import { createCallbackStore } from '../../aws/callback-store.ts';
import { createDynamoDbClient, createSecretsManagerClient } from '../../aws/clients.ts';
import { createHistoryReader, createSfnClient } from '../../aws/executions.ts';
import { withInvocation } from '../../aws/invocation.ts';
import { createLog } from '../../aws/log.ts';
import { createOutputBucket } from '../../aws/output-bucket.ts';
import { createSecretReader } from '../../aws/secret-reader.ts';
import { createTaskStore } from '../../aws/task-store.ts';
import { Count, parseConfig, Text, Url } from '../../config.ts';
import {
	createDeployment,
	createNotification,
	createValidation,
	type ReleasePartners,
} from '../../partners/partner-apis.ts';
import { createPartnerClient } from '../../partners/partner-client.ts';
import { createCurrentToken } from '../../partners/partner-tokens.ts';
import { createSlack, type PostToSlack } from '../../partners/slack.ts';
import { type ApprovalWait, createApprovalTokens } from '../../tasks/approval-token.ts';
import {
	Answerer,
	type AwaitCallbackOutcome,
	type AwaitedCallback,
	type CallbackStore,
	createCallbackAwaiter,
	isOfTask,
	workflowAnswer,
} from '../../tasks/callbacks.ts';
import { publicError } from '../../tasks/public-error.ts';
import type { HistoryEvent } from '../../tasks/task-executions.ts';
import { executionName } from '../../tasks/task-message.ts';
import { buildTimeline, type TimelineEntry } from '../../tasks/timeline.ts';
import { createStepsHandler, defineStep, type StepContext, StepError } from '../define-steps.ts';
import { APPROVAL_SECONDS, ReleaseInput, ReleaseOutcome, type ReleaseResult, workflow } from './workflow.ts';

const Environment = Type.Object({
	TASK_TABLE: Text,
	TASK_RETENTION_SECONDS: Count,
	OUTPUT_BUCKET: Text,
	VALIDATION_URL: Url,
	DEPLOYMENT_URL: Url,
	NOTIFICATION_URL: Url,
	PARTNER_TOKENS_SECRET_ARN: Text,
	WEBHOOK_QUEUE_URL: Text,
	API_URL: Url,
	APPROVAL_SECRET_ARN: Text,
	SLACK_SECRET_ARN: Text,
});

/** The connections that the steps use. */
export interface ReleaseDependencies extends ReleasePartners {
	/** Stores the callback token of the execution under its key. */
	readonly awaitCallback: (
		callback: AwaitedCallback & { readonly token: string },
	) => Promise<AwaitCallbackOutcome>;
	readonly findCallback: CallbackStore['find'];
	/** Returns the absolute URL of the page on which a wait is decided. */
	readonly approvalUrl: (wait: ApprovalWait) => Promise<string>;
	readonly postToSlack: PostToSlack;
	readonly readHistory: (executionArn: string) => Promise<readonly HistoryEvent[]>;
	/** Writes an object to the output bucket. */
	readonly putObject: (key: string, body: string, contentType: string) => Promise<void>;
	readonly now: () => number;
}

/** A caught error, the state that failed, and how often the execution had been redriven by then. */
const Failure = Type.Object({
	Error: Type.String(),
	Cause: Type.Optional(Type.String()),
	state: Type.String(),
	redrives: Type.Integer(),
});

/** After so many attempts, the release fails with its own error even if the files of the failure were not written. */
const MAX_WRITE_ATTEMPTS = 3;

/** The steps of a release, by state. Each partner's idempotency key contains the task id. */
export const steps = {
	ValidatePackages: defineStep({
		input: ReleaseInput,
		async run(release, { taskId }, { validatePackages }: ReleaseDependencies) {
			const validation = await validatePackages(release, { idempotencyKey: `${taskId}/ValidatePackages` });
			const [problem] = validation.problems;
			if (validation.valid) return validation;
			const message =
				problem === undefined ? 'The packages are invalid.' : `${problem.package_id}: ${problem.message}`;
			throw new StepError('PackagesInvalid', message);
		},
	}),

	DeployPackages: defineStep({
		input: ReleaseInput,
		run: (release, { taskId }, { deployPackages }: ReleaseDependencies) =>
			deployPackages(release, { idempotencyKey: `${taskId}/DeployPackages` }),
	}),

	NotifyStakeholders: defineStep({
		input: ReleaseInput,
		run: ({ story_id, environment }, { taskId }, { notifyStakeholders }: ReleaseDependencies) =>
			notifyStakeholders({ story_id, environment }, { idempotencyKey: `${taskId}/NotifyStakeholders` }),
	}),

	/** Stores the token under the story id, so that the callback resumes the execution. */
	AwaitApproval: defineStep({
		input: Type.Object({
			story_id: Type.String(),
			token: Type.String(),
			/** Absent in executions of a definition before approval links. */
			redrives: Type.Optional(Type.Integer()),
		}),
		async run({ story_id, token, redrives }, { task, log }, dependencies: ReleaseDependencies) {
			const { awaitCallback, now } = dependencies;
			const deadlineAtMs = now() + APPROVAL_SECONDS * 1000;
			const callback = { task, callbackKey: story_id, deadlineAtMs, redriveCount: redrives };
			const { kind } = await awaitCallback({ ...callback, token });
			switch (kind) {
				case 'waiting':
					await askInSlack(callback, dependencies).catch((error: unknown) =>
						log.warn('approval not asked for in Slack', { error }),
					);
					return {};
				case 'answered':
					throw new StepError(
						'CallbackAnsweredEarly',
						'The answer arrived before the release waited for it.',
					);
				case 'in-use':
					throw new StepError('CallbackKeyInUse', `Another release of ${story_id} is open.`);
			}
		},
	}),

	/** Returns the answer that arrived early, in the form in which a callback resumes the execution. */
	TakeEarlyAnswer: defineStep({
		input: Type.Object({ story_id: Type.String() }),
		async run({ story_id }, { task }, { findCallback }: ReleaseDependencies) {
			const callback = await findCallback({ principal: task.principal, callbackKey: story_id });
			if (callback?.answer === undefined || !isOfTask(callback, task))
				throw new StepError('CallbackLost', `The answer for ${story_id} is missing.`);
			return workflowAnswer(callback.answer);
		},
	}),

	/** Writes the files of an approved release and returns its result, with the keys of the files. */
	WriteResult: defineStep({
		input: Type.Object({
			execution_arn: Type.String(),
			data: ReleaseInput,
			validation: ReleaseOutcome.properties.validation,
			deployment: ReleaseOutcome.properties.deployment,
			notification: ReleaseOutcome.properties.notification,
			approval: Type.Object({
				message: Type.Optional(Type.String()),
				at: Type.String(),
				answered_by: Type.Optional(Answerer),
			}),
		}),
		async run(
			{ execution_arn, data, validation, deployment, notification, approval },
			context,
			dependencies: ReleaseDependencies,
		): Promise<Type.Static<typeof ReleaseResult>> {
			const { story_id, environment } = data;
			const { message = '', at, answered_by } = approval;
			const outcome = {
				story_id,
				environment,
				validation,
				deployment,
				notification,
				approval: { message, at, ...(answered_by === undefined ? {} : { answered_by }) },
			};
			const files = { executionArn: execution_arn, result: outcome, lastLine: 'outcome: SUCCEEDED' };
			const { resultKey, logKey } = await writeFiles(files, context, dependencies);
			return { ...outcome, result_url: resultKey, log_url: logKey };
		},
	}),

	/**
	 * Writes the files of a failed release, then fails with the error of the release. A redrive of the execution runs this
	 * step again; it then succeeds, and the state machine resumes the state that failed.
	 */
	WriteFailure: defineStep({
		input: Type.Object({
			execution_arn: Type.String(),
			data: ReleaseInput,
			failure: Failure,
			redrives: Type.Integer(),
		}),
		async run({ execution_arn, data, failure, redrives }, context, dependencies: ReleaseDependencies) {
			if (redrives > failure.redrives) return {};
			const { story_id, environment } = data;
			const error = releaseError(failure);
			const files = {
				executionArn: execution_arn,
				result: { story_id, environment, error },
				lastLine: `outcome: FAILED  ${error.code}  ${error.message}`,
			};
			try {
				await writeFiles(files, context, dependencies);
			} catch (cause) {
				if (context.attempt + 1 < MAX_WRITE_ATTEMPTS) throw cause;
				context.log.error('failure files not written', { error: cause });
			}
			throw new StepError(error.code, error.message);
		},
	}),
};

/** Posts the approval link, if a webhook is configured. Best effort: the task shows the same link. */
async function askInSlack(
	{ task, callbackKey, deadlineAtMs, redriveCount = 0 }: AwaitedCallback,
	{ approvalUrl, postToSlack }: ReleaseDependencies,
): Promise<void> {
	const { principal, taskId, createdAtMs } = task;
	const until = new Date(deadlineAtMs).toISOString().slice(0, 16).replace('T', ' ');
	const url = await approvalUrl({
		principal,
		taskId,
		createdAtMs,
		callbackKey,
		redriveCount,
		expiresAtMs: deadlineAtMs,
	});
	await postToSlack({
		text: `The release ${callbackKey} of ${principal} waits for an approval until ${until} UTC.`,
		link: { text: 'Approve or reject', url },
	});
}

/** Returns the error of a release in words that a client may read. */
function releaseError({ Error: error, Cause: cause = '', state }: Type.Static<typeof Failure>) {
	if (error === 'ApprovalRejected')
		return { code: error, message: cause === '' ? 'The release was not approved.' : cause };
	if (error === 'States.Timeout' && state === 'AwaitApproval')
		return { code: 'ApprovalTimedOut', message: 'No answer arrived within 24 hours.' };
	const { code, message } = publicError({ error, cause }, workflow.errors);
	return code in workflow.errors ? { code, message } : { code: 'ReleaseFailed', message };
}

interface ReleaseFiles {
	readonly executionArn: string;
	readonly result: object;
	readonly lastLine: string;
}

/** Writes `result.json` and `execution.log`, and returns their keys. A repeated step overwrites them. */
async function writeFiles(
	{ executionArn, result, lastLine }: ReleaseFiles,
	{ task }: StepContext,
	{ readHistory, putObject }: ReleaseDependencies,
) {
	const execution = executionName(task);
	const resultKey = `outputs/${execution}/result.json`;
	const logKey = `logs/${execution}/execution.log`;
	const lines = buildTimeline(await readHistory(executionArn)).map(logLine);
	await Promise.all([
		putObject(resultKey, `${JSON.stringify(result, null, 2)}\n`, 'application/json'),
		putObject(logKey, [...lines, lastLine, ''].join('\n'), 'text/plain; charset=utf-8'),
	]);
	return { resultKey, logKey };
}

/** One line per state: entered, exited, type and name, outcome, attempts. */
function logLine({ state, type, status, attempt, enteredAtMs, exitedAtMs, error }: TimelineEntry): string {
	return [
		new Date(enteredAtMs).toISOString(),
		exitedAtMs === undefined ? '-'.padEnd(24) : new Date(exitedAtMs).toISOString(),
		`${type} ${state}`,
		status,
		`attempt=${attempt}`,
		...(error === undefined ? [] : [`error=${error.code}`]),
	].join('  ');
}

/** A call makes two requests if its token has to be read again, and both end before the function times out. */
const PARTNER_TIMEOUT_MS = 10_000;

const log = createLog();

function connect() {
	const config = parseConfig(Environment);
	const now = Date.now;
	const dynamodb = createDynamoDbClient();
	const secrets = createSecretsManagerClient();
	const token = createCurrentToken(createSecretReader(secrets, config.PARTNER_TOKENS_SECRET_ARN));
	const clientOf = (partner: string, baseUrl: string) =>
		createPartnerClient({ partner, baseUrl, token, timeoutMs: PARTNER_TIMEOUT_MS });
	const callbacks = createCallbackStore(dynamodb, config.TASK_TABLE);
	const store = createTaskStore(dynamodb, {
		table: config.TASK_TABLE,
		retentionSeconds: Number(config.TASK_RETENTION_SECONDS),
		now,
		deliveryQueue: { url: config.WEBHOOK_QUEUE_URL, log },
	});
	const bucket = createOutputBucket(config.OUTPUT_BUCKET);
	const approvals = createApprovalTokens({
		readMasterKeys: createSecretReader(secrets, config.APPROVAL_SECRET_ARN),
		now,
	});
	const readHistory = createHistoryReader(createSfnClient());
	const dependencies: ReleaseDependencies = {
		...createValidation(clientOf('validation', config.VALIDATION_URL)),
		...createDeployment(clientOf('deployment', config.DEPLOYMENT_URL)),
		...createNotification(clientOf('notification', config.NOTIFICATION_URL)),
		awaitCallback: createCallbackAwaiter({ callbacks, store, now }),
		findCallback: (...key) => callbacks.find(...key),
		approvalUrl: async (wait) => `${config.API_URL}/v1/approvals?token=${await approvals.create(wait)}`,
		postToSlack: createSlack({ webhookUrl: createSecretReader(secrets, config.SLACK_SECRET_ARN), now }),
		readHistory: (executionArn) => readHistory(executionArn, workflow.errors),
		putObject: (...object) => bucket.put(...object),
		now,
	};
	return { dependencies };
}

/** The Lambda handler of the steps. */
export const handler = withInvocation(createStepsHandler({ steps, log, connect }));
