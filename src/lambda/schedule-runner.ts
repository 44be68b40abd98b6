import { createCallbackStore } from '../aws/callback-store.ts';
import { createDynamoDbClient, createSnsClient } from '../aws/clients.ts';
import { withInvocation } from '../aws/invocation.ts';
import { createLog } from '../aws/log.ts';
import { createTaskPublisher } from '../aws/publishers.ts';
import { createScheduleEntryRemover } from '../aws/schedule-entries.ts';
import { createScheduleStore } from '../aws/schedule-store.ts';
import { createSqsHandler } from '../aws/sqs-handler.ts';
import { createTaskStore } from '../aws/task-store.ts';
import { createWebhookReader } from '../aws/webhook-reader.ts';
import { parseConfig, ScheduleRunnerEnvironment } from '../config.ts';
import { describeTask } from '../http/tasks/new-task.ts';
import { parseJson, parseValue } from '../parse.ts';
import { createCallbackClaims } from '../tasks/callbacks.ts';
import { createTaskCreator } from '../tasks/create-task.ts';
import { createRunRepeater, createScheduleRunner } from '../tasks/run-schedule.ts';
import { FailedScheduleEvent, ScheduleEvent, scheduledTimeOf } from '../tasks/schedules.ts';
import { createTaskId } from '../tasks/task.ts';
import { WORKFLOWS } from '../workflows/catalog.ts';

const config = parseConfig(ScheduleRunnerEnvironment);
const log = createLog();
const now = Date.now;
const dynamodb = createDynamoDbClient();
const schedules = createScheduleStore(dynamodb, config.TASK_TABLE);
const store = createTaskStore(dynamodb, {
	table: config.TASK_TABLE,
	retentionSeconds: Number(config.TASK_RETENTION_SECONDS),
	now,
});

const run = createScheduleRunner({
	schedules,
	entries: createScheduleEntryRemover(config.SCHEDULE_GROUP),
	createTask: createTaskCreator({
		store,
		publisher: createTaskPublisher(createSnsClient(), { topicArn: config.TASK_TOPIC_ARN }),
		claims: { put: () => Promise.reject(new Error('The task of a schedule is never large.')) },
		// A principal has at most 100 schedules, which run at most once a minute.
		limit: undefined,
		callbackClaims: createCallbackClaims({
			callbacks: createCallbackStore(dynamodb, config.TASK_TABLE),
			store,
			now,
		}),
		findWebhooks: createWebhookReader(dynamodb, { table: config.TASK_TABLE, now }),
		now,
		createTaskId,
		log,
	}),
	describeTask: (type, data) =>
		Object.hasOwn(WORKFLOWS, type) ? describeTask(WORKFLOWS, type, data) : undefined,
	now,
});
const repeat = createRunRepeater(run, { schedules, now });

/** Handles the invocations of EventBridge Scheduler. */
const handleTime = withInvocation(async (event: unknown) => {
	const time = scheduledTimeOf(parseValue(ScheduleEvent, event, 'schedule event'));
	await run(time, log.with({ schedule_id: time.scheduleId }));
});

/** Handles the dead-letter queue: EventBridge Scheduler sends the event itself there, Lambda a record that contains it. */
const handleDeadLetters = createSqsHandler(async ({ body, identify }) => {
	const failed = parseJson(FailedScheduleEvent, body, 'failed schedule event');
	const time = scheduledTimeOf('requestPayload' in failed ? failed.requestPayload : failed);
	await repeat(time, identify({ schedule_id: time.scheduleId }));
}, log);

/** The Lambda handler of EventBridge Scheduler and of the dead-letter queue. */
export const handler = (event: object, context: Parameters<typeof handleTime>[1]) =>
	'Records' in event ? handleDeadLetters(event, context) : handleTime(event, context);
