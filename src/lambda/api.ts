import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import awsLambdaFastify from '@fastify/aws-lambda';
import type { Context } from 'aws-lambda';
import { createAcceptanceLimit } from '../aws/acceptance-limit.ts';
import { createCallbackStore } from '../aws/callback-store.ts';
import { createDynamoDbClient, createSecretsManagerClient, createSnsClient } from '../aws/clients.ts';
import { withInvocation } from '../aws/invocation.ts';
import { createLog } from '../aws/log.ts';
import { createClaimStore, createOutputBucket } from '../aws/output-bucket.ts';
import { createTaskPublisher } from '../aws/publishers.ts';
import { createSecretReader } from '../aws/secret-reader.ts';
import { createTaskStore } from '../aws/task-store.ts';
import { createWebhookReader } from '../aws/webhook-reader.ts';
import { ApiEnvironment, parseConfig } from '../config.ts';
import { createApp } from '../http/app.ts';
import { buildValidator } from '../http/built-validators.ts';
import { createCursors } from '../http/lists/cursors.ts';
import { callerOfEvent, identitySettings } from '../http/requests/caller.ts';
import { mappedPathOf, parseHttpEvent } from '../http/requests/http-event.ts';
import { describeTask } from '../http/tasks/new-task.ts';
import { createCallbackClaims, createCallbackCloser } from '../tasks/callbacks.ts';
import { createTaskCanceller } from '../tasks/cancel-task.ts';
import { createTaskCreator } from '../tasks/create-task.ts';
import { invocationSignal } from '../tasks/invocation-signal.ts';
import { createResultReader, createTaskGetter, createTaskWaiter } from '../tasks/read-task.ts';
import { createTaskRedriver } from '../tasks/redrive-task.ts';
import { createTaskRerunner } from '../tasks/rerun-task.ts';
import { createTaskId } from '../tasks/task.ts';
import type { TaskExecutions } from '../tasks/task-executions.ts';
import { buildTimeline } from '../tasks/timeline.ts';
import { declaredErrors, WORKFLOWS } from '../workflows/catalog.ts';

const config = parseConfig(ApiEnvironment);
const log = createLog();
const now = Date.now;
const dynamodb = createDynamoDbClient();
const store = createTaskStore(dynamodb, {
	table: config.TASK_TABLE,
	retentionSeconds: Number(config.TASK_RETENTION_SECONDS),
	now,
});
const publisher = createTaskPublisher(createSnsClient(), {
	topicArn: config.TASK_TOPIC_ARN,
	queueUrl: config.START_QUEUE_URL,
});
const executions = createLazyExecutions();
const getTask = createTaskGetter({ store, now });

/** Resolves after this time, or as soon as the signal aborts. */
const sleep = (ms: number, signal: AbortSignal) => delay(ms, undefined, { signal }).catch(() => undefined);

const acceptanceLimit = createAcceptanceLimit(dynamodb, {
	table: config.TASK_TABLE,
	name: 'tasks',
	perMinute: Number(config.TASKS_PER_MINUTE),
});
const outputBucket = createOutputBucket(config.OUTPUT_BUCKET);
const identity = identitySettings(config);

const callbacks = createCallbackStore(dynamodb, config.TASK_TABLE);
const claims = createClaimStore(config.OUTPUT_BUCKET);
const createTask = createTaskCreator({
	store,
	publisher,
	claims,
	limit: acceptanceLimit,
	callbackClaims: createCallbackClaims({ callbacks, store, now }),
	findWebhooks: createWebhookReader(dynamodb, { table: config.TASK_TABLE, now }),
	now,
	createTaskId,
	log,
});

const secrets = createSecretsManagerClient();
const readApprovalKeys = createSecretReader(secrets, config.APPROVAL_SECRET_ARN);

const app = createApp({
	createTask,
	getTask,
	waitForTask: createTaskWaiter({ getTask, now, sleep }),
	listTasks: (principal, query) => store.list(principal, query),
	cancelTask: createTaskCanceller({
		store,
		executions,
		closeCallback: createCallbackCloser({ callbacks, now }),
		now,
		log,
	}),
	rerunTask: createTaskRerunner({
		getTask,
		executions,
		claims,
		describeTask: (type, data) => describeTask(WORKFLOWS, type, data),
		createTask,
	}),
	readResult: createResultReader({ getTask }),
	redriveTask: createTaskRedriver({ store, executions, publisher, now, log }),
	readTimeline: async (task) => buildTimeline(await executions.history(task)),
	cursors: createCursors(createSecretReader(secrets, config.CURSOR_SECRET_ARN)),
	// Loaded on first use: few tasks wait for a person.
	async createApprovalToken(task, waitingFor) {
		const { approvalWaitOf, createApprovalTokens } = await import('../tasks/approval-token.ts');
		const tokens = createApprovalTokens({ readMasterKeys: readApprovalKeys, now });
		return tokens.create(approvalWaitOf(task, waitingFor));
	},
	signalOf: ({ awsLambda }) => invocationSignal(awsLambda.context),
	// Loaded on first use: few tasks have a URL of their own.
	findUrlFault: async (url) =>
		(await import('../partners/webhook-address.ts')).findUrlFault(url, {
			allowLoopback: config.WEBHOOK_ADDRESSES === 'loopback',
		}),
	presign: (objectKey) => outputBucket.presign(objectKey),
	workflows: WORKFLOWS,
	findCaller: ({ awsLambda }) => callerOfEvent(identity, awsLambda.event),
	scopeNames: identity.scopeNames,
	mappedPath: ({ awsLambda }) => mappedPathOf(awsLambda.event),
	acceptanceLimit,
	eventsLimit: createAcceptanceLimit(dynamodb, {
		table: config.TASK_TABLE,
		name: 'events',
		perMinute: Number(config.EVENTS_PER_MINUTE),
	}),
	readDocument: (name) => readFile(join(__dirname, 'documents', name), 'utf8'),
	version: config.SERVICE_VERSION,
	buildValidator,
	now,
	log,
});

/**
 * Creates the port to executions. Its client of Step Functions is loaded on first use, since the API needs none to create
 * a task or to read one: 6 % of a cold start.
 */
function createLazyExecutions(): TaskExecutions {
	let opened: Promise<TaskExecutions> | undefined;
	const open = () =>
		(opened ??= import('../aws/executions.ts').then(({ createSfnClient, createTaskExecutions }) =>
			createTaskExecutions(createSfnClient(), config.STATE_MACHINE_ARN_PREFIX, declaredErrors),
		));
	return {
		stop: async (task, reason) => (await open()).stop(task, reason),
		redrive: async (task) => (await open()).redrive(task),
		history: async (task) => (await open()).history(task),
		readData: async (task) => (await open()).readData(task),
	};
}

const handleEvent = awsLambdaFastify<unknown>(app, { parseCommaSeparatedQueryParams: false });

/** Handles the events of API Gateway. */
export const handler = withInvocation((event, context: Context) =>
	handleEvent(parseHttpEvent(event), context),
);

/** Starts while the function loads, so that no request waits for it. */
export const ready = app.ready();
