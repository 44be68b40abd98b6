import awsLambdaFastify from '@fastify/aws-lambda';
import type { Context } from 'aws-lambda';
import * as Type from 'typebox';
import { createCallbackStore } from '../aws/callback-store.ts';
import { createDynamoDbClient, createSecretsManagerClient } from '../aws/clients.ts';
import { createSfnClient } from '../aws/executions.ts';
import { withInvocation } from '../aws/invocation.ts';
import { createLog } from '../aws/log.ts';
import { createResumeExecution } from '../aws/resume-execution.ts';
import { createSecretReader } from '../aws/secret-reader.ts';
import { createTaskStore } from '../aws/task-store.ts';
import { CallbacksEnvironment, parseConfig } from '../config.ts';
import { createCallbacksApp } from '../http/app.ts';
import { buildValidator } from '../http/built-validators.ts';
import { parseJiraStatuses } from '../http/callbacks/jira-webhook.ts';
import { callerOfEvent, identitySettings } from '../http/requests/caller.ts';
import { mappedPathOf, parseHttpEvent } from '../http/requests/http-event.ts';
import { parseJson } from '../parse.ts';
import { createCallbackAnswerer } from '../tasks/answer-callback.ts';
import { createApprovalTokens } from '../tasks/approval-token.ts';
import { createApprovals } from '../tasks/approvals.ts';
import { createCallbackTokens } from '../tasks/callback-token.ts';

const config = parseConfig(CallbacksEnvironment);
const log = createLog();
const now = Date.now;
const dynamodb = createDynamoDbClient();
const secrets = createSecretsManagerClient();
const callbacks = createCallbackStore(dynamodb, config.TASK_TABLE);
const callbackTokens = createCallbackTokens({
	readMasterKeys: createSecretReader(secrets, config.CALLBACK_SECRET_ARN),
	fixedTokens: parseJson(
		Type.Record(Type.String(), Type.String()),
		config.FIXED_CALLBACK_TOKENS,
		'FIXED_CALLBACK_TOKENS',
	),
	now,
});

const identity = identitySettings(config);

const answerCallback = createCallbackAnswerer({
	callbacks,
	store: createTaskStore(dynamodb, {
		table: config.TASK_TABLE,
		retentionSeconds: Number(config.TASK_RETENTION_SECONDS),
		now,
	}),
	resume: createResumeExecution(createSfnClient()),
	now,
	log,
});

const app = createCallbacksApp({
	answerCallback,
	approvals: createApprovals({
		tokens: createApprovalTokens({
			readMasterKeys: createSecretReader(secrets, config.APPROVAL_SECRET_ARN),
			now,
		}),
		findCallback: callbacks.find,
		answerCallback,
		now,
	}),
	// Loaded on first use: answers of systems need no declarations.
	findApprovers: async (type) =>
		(await import('../workflows/catalog.ts')).WORKFLOWS[type]?.callback?.approvers ?? [],
	findCallback: callbacks.find,
	verifyCallbackToken: callbackTokens.verify,
	createCallbackToken: callbackTokens.create,
	jiraStatuses: parseJiraStatuses({
		success: config.JIRA_SUCCESS_STATUSES,
		failure: config.JIRA_FAILURE_STATUSES,
	}),
	findCaller: ({ awsLambda }) => callerOfEvent(identity, awsLambda.event),
	scopeNames: identity.scopeNames,
	mappedPath: ({ awsLambda }) => mappedPathOf(awsLambda.event),
	buildValidator,
	now,
	log,
});

const handleEvent = awsLambdaFastify<unknown>(app, { parseCommaSeparatedQueryParams: false });

/** Handles the events of API Gateway. */
export const handler = withInvocation((event, context: Context) =>
	handleEvent(parseHttpEvent(event), context),
);

/** Starts while the function loads, so that no request waits for it. */
export const ready = app.ready();
