import { createCallbackStore } from '../aws/callback-store.ts';
import { createDynamoDbClient, createSecretsManagerClient, createSfnClient } from '../aws/clients.ts';
import { createLog } from '../aws/log.ts';
import { createResumeExecution } from '../aws/resume-execution.ts';
import { createSecretReader } from '../aws/secret-reader.ts';
import { createTaskStore } from '../aws/task-store.ts';
import { CallbacksEnvironment, parseConfig } from '../config.ts';
import { createCallbacksApp } from '../http/app.ts';
import { createBearerCheck } from '../http/bearer-secret.ts';
import { buildValidator } from '../http/built-validators.ts';
import { parseAllowedOrigins } from '../http/plugins/cors.ts';
import { createCallbackAnswerer } from '../tasks/answer-callback.ts';
import { createHttpHandler } from './parts/http-handler.ts';

const config = parseConfig(CallbacksEnvironment);
const log = createLog();
const now = Date.now;
const dynamodb = createDynamoDbClient();

const app = createCallbacksApp({
	answerCallback: createCallbackAnswerer({
		callbacks: createCallbackStore(dynamodb, config.TASK_TABLE),
		store: createTaskStore(dynamodb, {
			table: config.TASK_TABLE,
			retentionSeconds: Number(config.TASK_RETENTION_SECONDS),
			now,
		}),
		resume: createResumeExecution(createSfnClient()),
		now,
		log,
	}),
	holdsSecret: createBearerCheck(
		createSecretReader(createSecretsManagerClient(), config.CALLBACK_SECRET_ARN, now),
	),
	allowedOrigins: parseAllowedOrigins(config.ALLOWED_ORIGINS),
	buildValidator,
	now,
	log,
});

export const { handler } = createHttpHandler((request, response) => app.routing(request, response));

/** Started with the load, so that no request waits for it. */
export const ready = app.ready();
