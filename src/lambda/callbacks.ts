import * as Type from 'typebox';
import { createCallbackStore } from '../aws/callback-store.ts';
import { createDynamoDbClient, createSecretsManagerClient, createSfnClient } from '../aws/clients.ts';
import { createLog } from '../aws/log.ts';
import { createResumeExecution } from '../aws/resume-execution.ts';
import { createSecretReader } from '../aws/secret-reader.ts';
import { createTaskStore } from '../aws/task-store.ts';
import { CallbacksEnvironment, parseConfig } from '../config.ts';
import { createCallbacksApp } from '../http/app.ts';
import { buildValidator } from '../http/built-validators.ts';
import { parseJiraStatuses } from '../http/callbacks/jira-webhook.ts';
import { parseAllowedOrigins } from '../http/plugins/cors.ts';
import { callerOfEvent } from '../http/requests/caller.ts';
import { parseJson } from '../parse.ts';
import { createCallbackAnswerer } from '../tasks/answer-callback.ts';
import { createCallbackTokens } from '../tasks/callback-token.ts';
import { createHttpHandler } from './parts/http-handler.ts';

const config = parseConfig(CallbacksEnvironment);
const log = createLog();
const now = Date.now;
const dynamodb = createDynamoDbClient();
const callbacks = createCallbackStore(dynamodb, config.TASK_TABLE);
const callbackTokens = createCallbackTokens({
	readMasterKeys: createSecretReader(createSecretsManagerClient(), config.CALLBACK_SECRET_ARN, now),
	fixedTokens: parseJson(
		Type.Record(Type.String(), Type.String()),
		config.FIXED_CALLBACK_TOKENS,
		'FIXED_CALLBACK_TOKENS',
	),
	now,
});

const { handler, invocationOf } = createHttpHandler((request, response) => app.routing(request, response));

const app = createCallbacksApp({
	answerCallback: createCallbackAnswerer({
		callbacks,
		store: createTaskStore(dynamodb, {
			table: config.TASK_TABLE,
			retentionSeconds: Number(config.TASK_RETENTION_SECONDS),
			now,
		}),
		resume: createResumeExecution(createSfnClient()),
		now,
		log,
	}),
	findCallback: callbacks.find,
	verifyCallbackToken: callbackTokens.verify,
	createCallbackToken: callbackTokens.create,
	jiraStatuses: parseJiraStatuses({
		success: config.JIRA_SUCCESS_STATUSES,
		failure: config.JIRA_FAILURE_STATUSES,
	}),
	findCaller: (request) => callerOfEvent(config.AUTH, invocationOf(request).event),
	allowedOrigins: parseAllowedOrigins(config.ALLOWED_ORIGINS),
	buildValidator,
	now,
	log,
});

export { handler };

/** Starts while the function loads, so that no request waits for it. */
export const ready = app.ready();
