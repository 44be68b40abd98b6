import {
	CreateScheduleCommand,
	type CreateScheduleCommandInput,
	DeleteScheduleCommand,
	SchedulerClient,
	UpdateScheduleCommand,
} from '@aws-sdk/client-scheduler';
import { nextTimes } from '../tasks/schedule-times.ts';
import type { Schedule, ScheduleEntries, ScheduleEvent } from '../tasks/schedules.ts';
import { ServiceUnavailableError } from '../tasks/service-unavailable.ts';
import { CLIENT_SETTINGS, guardCalls } from './client-settings.ts';

/** Where a stage's entries are, and what they invoke. */
export interface ScheduleEntrySettings {
	/** The schedule group of the stage. */
	readonly group: string;
	/** The alias of the function that each entry invokes. */
	readonly runnerArn: string;
	/** The role of EventBridge Scheduler. */
	readonly roleArn: string;
	readonly deadLetterQueueArn: string;
}

/** An invocation that cannot be delivered within an hour goes to the dead-letter queue. */
const MAX_EVENT_AGE_SECONDS = 3600;
/** The maximum of EventBridge Scheduler. */
const MAX_RETRIES = 185;
/** Each attempt beyond the first follows a change between creating and updating. */
const MAX_ATTEMPTS = 3;

/** Creates the entries of a stage in EventBridge Scheduler, one for each schedule, named by its id. */
export function createScheduleEntries(settings: ScheduleEntrySettings): Pick<ScheduleEntries, 'put'> {
	const client = createSchedulerClient();
	return {
		async put(schedule, nowMs) {
			const input = entryOf(schedule, settings, nowMs);
			let isNew = schedule.entryVersion === undefined;
			for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
				try {
					await (isNew
						? client.send(new CreateScheduleCommand(input))
						: client.send(new UpdateScheduleCommand(input)));
					return 'written';
				} catch (error) {
					const name = error instanceof Error ? error.name : '';
					if (name === 'ValidationException') return 'rejected';
					if (name !== (isNew ? 'ConflictException' : 'ResourceNotFoundException')) throw unavailable(error);
					isNew = !isNew;
				}
			}
			throw new ServiceUnavailableError('EventBridge Scheduler');
		},
	};
}

/** Creates the function that deletes entries. */
export function createScheduleEntryRemover(group: string): Pick<ScheduleEntries, 'remove'> {
	const client = createSchedulerClient();
	return {
		async remove(scheduleId) {
			try {
				await client.send(new DeleteScheduleCommand({ Name: scheduleId, GroupName: group }));
			} catch (error) {
				if (!(error instanceof Error && error.name === 'ResourceNotFoundException')) throw unavailable(error);
			}
		},
	};
}

function createSchedulerClient(): SchedulerClient {
	const client = new SchedulerClient(CLIENT_SETTINGS);
	client.middlewareStack.use(guardCalls('EventBridge Scheduler'));
	return client;
}

/** A conflict is a concurrent change of the same entry. */
function unavailable(error: unknown): unknown {
	return error instanceof Error && error.name === 'ConflictException'
		? new ServiceUnavailableError('EventBridge Scheduler', { cause: error })
		: error;
}

function entryOf(
	schedule: Schedule,
	{ group, runnerArn, roleArn, deadLetterQueueArn }: ScheduleEntrySettings,
	nowMs: number,
): CreateScheduleCommandInput {
	const { principal, scheduleId, cron, rate, timezone = 'UTC', enabled } = schedule;
	const event: Record<keyof typeof ScheduleEvent.properties, string> = {
		principal,
		schedule_id: scheduleId,
		scheduled_time: '<aws.scheduler.scheduled-time>',
	};
	const [firstMs = nowMs] = nextTimes(schedule, { afterMs: nowMs, count: 1 });
	return {
		Name: scheduleId,
		GroupName: group,
		...(rate === undefined
			? { ScheduleExpression: `cron(${cron})`, ScheduleExpressionTimezone: timezone }
			: // Without a start date, a rate fires at once.
				{ ScheduleExpression: `rate(${rate})`, StartDate: new Date(firstMs) }),
		State: enabled ? 'ENABLED' : 'DISABLED',
		FlexibleTimeWindow: { Mode: 'OFF' },
		Target: {
			Arn: runnerArn,
			RoleArn: roleArn,
			Input: JSON.stringify(event),
			RetryPolicy: { MaximumEventAgeInSeconds: MAX_EVENT_AGE_SECONDS, MaximumRetryAttempts: MAX_RETRIES },
			DeadLetterConfig: { Arn: deadLetterQueueArn },
		},
	};
}
