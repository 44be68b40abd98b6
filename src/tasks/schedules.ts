import * as Type from 'typebox';
import { deriveTaskId } from './task.ts';

/** The maximum number of schedules of a principal. */
export const MAX_SCHEDULES = 100;

/** Maximum size of a schedule's task in bytes of JSON, so that a list of all schedules fits into one response. */
export const MAX_SCHEDULED_TASK_BYTES = 32 * 1024;

/** A run is listed for this long: 7 days. */
export const RUN_RETENTION_MS = 7 * 24 * 60 * 60 * 1000;

/** The task that each run of a schedule creates. */
export const ScheduledTask = Type.Object({
	type: Type.String(),
	data: Type.Unknown(),
	tags: Type.Record(Type.String(), Type.String()),
	webhook: Type.Optional(
		Type.Union([Type.Object({ webhookId: Type.String() }), Type.Object({ url: Type.String() })]),
	),
});

/** See the schema of the same name. */
export type ScheduledTask = Type.Static<typeof ScheduledTask>;

/** A schedule of a principal. Its row decides; EventBridge Scheduler has an entry that is written after it. */
export const Schedule = Type.Object({
	principal: Type.String(),
	scheduleId: Type.String(),
	name: Type.String(),
	cron: Type.Optional(Type.String()),
	rate: Type.Optional(Type.String()),
	timezone: Type.Optional(Type.String()),
	task: ScheduledTask,
	enabled: Type.Boolean(),
	/** The times of a rate count from here: its creation, or the latest change of its rate. In whole minutes. */
	startMs: Type.Integer(),
	createdAtMs: Type.Integer(),
	updatedAtMs: Type.Integer(),
	/** Number of changes, for optimistic locking. */
	version: Type.Integer({ minimum: 1 }),
	/** The version that the entry has for certain. A lower one is written again at the next use of the schedule. */
	entryVersion: Type.Optional(Type.Integer({ minimum: 1 })),
});

/** See the schema of the same name. */
export type Schedule = Type.Static<typeof Schedule>;

/** Identifies a schedule. */
export type ScheduleKey = Pick<Schedule, 'principal' | 'scheduleId'>;

/** Why a run created no task. */
export const RUN_ERRORS = [
	/** The task type no longer exists. */
	'UnknownType',
	/** Another open task waits for the callback key. */
	'CallbackKeyInUse',
	/** The webhook of the task is disabled or deleted. */
	'UnknownWebhook',
	/** The data has a reserved member, or is too large. */
	'InvalidData',
	/** The service was unavailable for too long. */
	'RunLost',
] as const;

/** The result of one time of a schedule. */
export const ScheduleRun = Type.Object({
	principal: Type.String(),
	scheduleId: Type.String(),
	scheduledAtMs: Type.Integer(),
	/** The task of the run. It exists unless the run has an error. */
	taskId: Type.String(),
	/** Present if the run created no task. */
	error: Type.Optional(Type.Object({ code: Type.Enum([...RUN_ERRORS]), message: Type.String() })),
	expiresAtSeconds: Type.Integer(),
});

/** See the schema of the same name. */
export type ScheduleRun = Type.Static<typeof ScheduleRun>;

/** A page of a schedule's runs. */
export interface ScheduleRunPage {
	readonly runs: readonly ScheduleRun[];
	/** The position of the next page. */
	readonly next?: number;
}

/** A query for a page of runs. */
export interface ScheduleRunQuery {
	readonly limit: number;
	/** The time of the last run of the previous page. */
	readonly after?: number;
}

/** The port to the rows of schedules. */
export interface ScheduleStore {
	readonly find: (key: ScheduleKey) => Promise<Schedule | undefined>;
	/** Returns all schedules of a principal, oldest first. */
	readonly list: (principal: string) => Promise<readonly Schedule[]>;
	/** Writes a new schedule unless the principal has {@link MAX_SCHEDULES}. */
	readonly create: (schedule: Schedule) => Promise<'created' | 'limitReached'>;
	/** Writes `next` with the next version if the stored version is still that of `before`. Otherwise: `undefined`. */
	readonly swap: (before: Schedule, next: Schedule) => Promise<Schedule | undefined>;
	/** Stores that the entry has the version of the schedule. Returns `false` if the schedule has changed or is deleted. */
	readonly confirmEntry: (schedule: Schedule) => Promise<boolean>;
	/** Returns `false` if the schedule does not exist. */
	readonly remove: (key: ScheduleKey) => Promise<boolean>;
	/** Writes a run. One that created its task is not replaced by one with an error. */
	readonly recordRun: (run: ScheduleRun) => Promise<void>;
	/** Returns a page of runs, latest first. */
	readonly listRuns: (key: ScheduleKey, query: ScheduleRunQuery) => Promise<ScheduleRunPage>;
}

/** The port to the entries of EventBridge Scheduler. Both operations are idempotent. */
export interface ScheduleEntries {
	/** Creates or replaces the entry of a schedule. `rejected`: EventBridge Scheduler does not accept its timing. */
	readonly put: (schedule: Schedule, nowMs: number) => Promise<'written' | 'rejected'>;
	/** Deletes the entry of a schedule; no-op if it does not exist. */
	readonly remove: (scheduleId: string) => Promise<void>;
}

/** The event that an entry sends to the function `schedule-runner`. */
export const ScheduleEvent = Type.Object({
	principal: Type.String(),
	schedule_id: Type.String(),
	/** RFC 3339, as EventBridge Scheduler replaces `<aws.scheduler.scheduled-time>`. */
	scheduled_time: Type.String({ pattern: String.raw`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$` }),
});

/** See the schema of the same name. */
export type ScheduleEvent = Type.Static<typeof ScheduleEvent>;

/** A dead letter: the event, or Lambda's record of an invocation that failed for good. */
export const FailedScheduleEvent = Type.Union([
	ScheduleEvent,
	Type.Object({ requestPayload: ScheduleEvent }),
]);

/** One time of a schedule. */
export interface ScheduledTime extends ScheduleKey {
	readonly scheduledAtMs: number;
}

/** Returns the time that an event is for. */
export function scheduledTimeOf({ principal, schedule_id, scheduled_time }: ScheduleEvent): ScheduledTime {
	return { principal, scheduleId: schedule_id, scheduledAtMs: Date.parse(scheduled_time) };
}

/** Returns the idempotency key of a run: a duplicate invocation finds the task of the first one. */
export function runKey({ scheduleId, scheduledAtMs }: Omit<ScheduledTime, 'principal'>): string {
	return `${scheduleId}@${new Date(scheduledAtMs).toISOString()}`;
}

/** Returns the run of a time. */
export function newRun(time: ScheduledTime, nowMs: number, error?: ScheduleRun['error']): ScheduleRun {
	const { principal, scheduleId, scheduledAtMs } = time;
	return {
		principal,
		scheduleId,
		scheduledAtMs,
		taskId: deriveTaskId(principal, runKey(time)),
		...(error === undefined ? {} : { error }),
		expiresAtSeconds: Math.ceil((nowMs + RUN_RETENTION_MS) / 1000),
	};
}
