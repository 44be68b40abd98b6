import { readFile } from 'node:fs/promises';
import awsLambdaFastify from '@fastify/aws-lambda';
import { createDynamoDbClient, createSnsClient } from '../aws/clients.ts';
import { createLog } from '../aws/log.ts';
import { createTaskPublisher } from '../aws/task-publisher.ts';
import { createTaskStore } from '../aws/task-store.ts';
import { ApiEnvironment, parseConfig } from '../config.ts';
import { createApp } from '../http/app.ts';
import { callerOfEvent } from '../http/caller.ts';
import { parseAllowedOrigins } from '../http/plugins/cors.ts';
import { createTaskCreator } from '../tasks/create-task.ts';
import { createTaskGetter } from '../tasks/get-task.ts';
import { newTaskId } from '../tasks/task-id.ts';
import { WORKFLOWS } from '../workflows/catalog.ts';

const config = parseConfig(ApiEnvironment);
const log = createLog();
const now = Date.now;
const store = createTaskStore(createDynamoDbClient(), {
	table: config.TASK_TABLE,
	retentionSeconds: Number(config.TASK_RETENTION_SECONDS),
});
const publisher = createTaskPublisher(createSnsClient(), config.TASK_TOPIC_ARN);

const app = createApp({
	createTask: createTaskCreator({ store, publisher, now, newTaskId, log }),
	getTask: createTaskGetter({ store, now }),
	workflows: WORKFLOWS,
	findCaller: (request) =>
		callerOfEvent(config.AUTH, request.getDecorator<{ readonly event: unknown }>('awsLambda').event),
	readDocument: (name) => readFile(new URL(`documents/${name}`, import.meta.url), 'utf8'),
	version: config.SERVICE_VERSION,
	allowedOrigins: parseAllowedOrigins(config.ALLOWED_ORIGINS),
	now,
	log,
});

export const handler = awsLambdaFastify(app, { parseCommaSeparatedQueryParams: false });

await app.ready();
