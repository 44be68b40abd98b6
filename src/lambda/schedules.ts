import awsLambdaFastify from '@fastify/aws-lambda';
import type { Context } from 'aws-lambda';
import { createDynamoDbClient, createSecretsManagerClient } from '../aws/clients.ts';
import { withInvocation } from '../aws/invocation.ts';
import { createLog } from '../aws/log.ts';
import { createScheduleEntries, createScheduleEntryRemover } from '../aws/schedule-entries.ts';
import { createScheduleStore } from '../aws/schedule-store.ts';
import { createSecretReader } from '../aws/secret-reader.ts';
import { createTaskReader } from '../aws/task-store.ts';
import { parseConfig, SchedulesEnvironment } from '../config.ts';
import { createSchedulesApp } from '../http/app.ts';
import { buildValidator } from '../http/built-validators.ts';
import { createCursors } from '../http/lists/cursors.ts';
import { callerOfEvent, identitySettings } from '../http/requests/caller.ts';
import { parseHttpEvent } from '../http/requests/http-event.ts';
import { findUrlFault } from '../partners/webhook-address.ts';
import { createScheduleManager } from '../tasks/manage-schedules.ts';
import { createTaskGetter } from '../tasks/read-task.ts';
import { createTaskId } from '../tasks/task.ts';
import { WORKFLOWS } from '../workflows/catalog.ts';

const config = parseConfig(SchedulesEnvironment);
const now = Date.now;
const log = createLog();
const dynamodb = createDynamoDbClient();
const schedules = createScheduleStore(dynamodb, config.TASK_TABLE);
const identity = identitySettings(config);

const app = createSchedulesApp({
	schedules: createScheduleManager({
		schedules,
		entries: {
			...createScheduleEntries({
				group: config.SCHEDULE_GROUP,
				runnerArn: config.SCHEDULE_RUNNER_ARN,
				roleArn: config.SCHEDULE_ROLE_ARN,
				deadLetterQueueArn: config.SCHEDULE_DEAD_LETTER_QUEUE_ARN,
			}),
			...createScheduleEntryRemover(config.SCHEDULE_GROUP),
		},
		createId: createTaskId,
		now,
		log,
	}),
	runs: schedules,
	getTask: createTaskGetter({ store: createTaskReader(dynamodb, config.TASK_TABLE), now }),
	cursors: createCursors(createSecretReader(createSecretsManagerClient(), config.CURSOR_SECRET_ARN)),
	findUrlFault: async (url) => findUrlFault(url, { allowLoopback: config.WEBHOOK_ADDRESSES === 'loopback' }),
	workflows: WORKFLOWS,
	findCaller: ({ awsLambda }) => callerOfEvent(identity, awsLambda.event),
	scopeNames: identity.scopeNames,
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
