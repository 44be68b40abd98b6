import { setTimeout as delay } from 'node:timers/promises';
import awsLambdaFastify from '@fastify/aws-lambda';
import type { Context } from 'aws-lambda';
import { createAcceptanceLimit } from '../aws/acceptance-limit.ts';
import { createDynamoDbClient, createSecretsManagerClient } from '../aws/clients.ts';
import { createDeliveryQueue } from '../aws/delivery-queue.ts';
import { createDeliveryStore } from '../aws/delivery-store.ts';
import { withInvocation } from '../aws/invocation.ts';
import { createLog } from '../aws/log.ts';
import { createSecretReader } from '../aws/secret-reader.ts';
import { createTaskReader } from '../aws/task-store.ts';
import { createWebhookStore } from '../aws/webhook-store.ts';
import { parseConfig, WebhooksEnvironment } from '../config.ts';
import { createWebhooksApp } from '../http/app.ts';
import { buildValidator } from '../http/built-validators.ts';
import { createCursors } from '../http/lists/cursors.ts';
import { callerOfEvent, identitySettings } from '../http/requests/caller.ts';
import { parseHttpEvent } from '../http/requests/http-event.ts';
import { areAllowed, findUrlFault, hostOf } from '../partners/webhook-address.ts';
import { resolveHost } from '../partners/webhook-receiver.ts';
import { createWebhookManager } from '../tasks/manage-webhooks.ts';
import { createTaskGetter } from '../tasks/read-task.ts';
import { createTaskId } from '../tasks/task.ts';
import { createWebhookSecrets } from '../tasks/webhook-secret.ts';

const config = parseConfig(WebhooksEnvironment);
const now = Date.now;
const rules = { allowLoopback: config.WEBHOOK_ADDRESSES === 'loopback' };
const dynamodb = createDynamoDbClient();
const secretsManager = createSecretsManagerClient();
const deliveries = createDeliveryStore(dynamodb, config.TASK_TABLE);
const secrets = createWebhookSecrets({
	readMasterKeys: createSecretReader(secretsManager, config.WEBHOOK_SECRET_ARN),
	now,
});

const identity = identitySettings(config);

const app = createWebhooksApp({
	webhooks: createWebhookManager({
		webhooks: createWebhookStore(dynamodb, config.TASK_TABLE),
		deliveries,
		secrets,
		queue: createDeliveryQueue(config.WEBHOOK_QUEUE_URL),
		createId: createTaskId,
		now,
		sleep: delay,
	}),
	acceptanceLimit: createAcceptanceLimit(dynamodb, {
		table: config.TASK_TABLE,
		name: 'tasks',
		perMinute: Number(config.TASKS_PER_MINUTE),
	}),
	now,
	deliveries,
	getTask: createTaskGetter({ store: createTaskReader(dynamodb, config.TASK_TABLE), now }),
	cursors: createCursors(createSecretReader(secretsManager, config.CURSOR_SECRET_ARN)),
	async findUrlFault(url) {
		const fault = findUrlFault(url, rules);
		if (fault !== undefined) return fault;
		// A name that does not resolve yet is accepted. The sender checks the address of each attempt.
		const addresses = await resolveHost(hostOf(new URL(url))).catch(() => []);
		return areAllowed(addresses, rules) ? undefined : 'The host name has an address that is not allowed.';
	},
	readTaskUrlSecret: (principal) => secrets.current(principal),
	findCaller: ({ awsLambda }) => callerOfEvent(identity, awsLambda.event),
	scopeNames: identity.scopeNames,
	buildValidator,
	log: createLog(),
});

const handleEvent = awsLambdaFastify<unknown>(app, { parseCommaSeparatedQueryParams: false });

/** Handles the events of API Gateway. */
export const handler = withInvocation((event, context: Context) =>
	handleEvent(parseHttpEvent(event), context),
);

/** Starts while the function loads, so that no request waits for it. */
export const ready = app.ready();
