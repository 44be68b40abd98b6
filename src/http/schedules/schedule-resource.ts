import * as Type from 'typebox';
import type { CreateScheduleOutcome, UpdateScheduleOutcome } from '../../tasks/manage-schedules.ts';
import { nextTimes } from '../../tasks/schedule-times.ts';
import { MAX_SCHEDULED_TASK_BYTES, MAX_SCHEDULES, type Schedule } from '../../tasks/schedules.ts';
import { ProblemError } from '../problems/problem.ts';
import { type NewTaskBody, namedWebhook, TaskWebhook } from '../tasks/new-task.ts';
import { Tags, Time, time } from '../tasks/task-resource.ts';
import { UUID_PATTERN } from '../webhooks/webhook-members.ts';

/** Members of a schedule that its owner sets. */
export const SCHEDULE_MEMBERS = {
	name: Type.String({ minLength: 1, maxLength: 200, examples: ['Daily report'] }),
	cron: Type.String({
		maxLength: 256,
		description:
			'`minutes hours day-of-month month day-of-week year`, as [EventBridge Scheduler defines it](https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#cron-based). One of the two day fields is `?`, and 1 is Sunday.',
		examples: ['0 9 ? * MON-FRI *'],
	}),
	rate: Type.String({
		maxLength: 20,
		description: '`1 minute`, `12 hours` or `7 days`, for example. A day is 24 hours long.',
		examples: ['12 hours'],
	}),
	timezone: Type.String({
		maxLength: 50,
		description:
			'IANA time zone of `cron`. A time that daylight saving skips is left out; one that it repeats runs once. Default: UTC.',
		examples: ['Europe/Berlin'],
	}),
};

/** Number of members of `next_runs`. */
const NEXT_RUNS = 5;

/** A schedule in responses. */
export const ScheduleResource = Type.Object(
	{
		schedule_id: Type.String({ format: 'uuid' }),
		name: SCHEDULE_MEMBERS.name,
		cron: Type.Optional(SCHEDULE_MEMBERS.cron),
		rate: Type.Optional(SCHEDULE_MEMBERS.rate),
		timezone: Type.Optional(SCHEDULE_MEMBERS.timezone),
		task: Type.Object(
			{
				type: Type.String(),
				data: Type.Unknown(),
				tags: Type.Optional(Tags),
				webhook: Type.Optional(TaskWebhook),
			},
			{ title: 'TaskOfSchedule', additionalProperties: false },
		),
		enabled: Type.Boolean(),
		next_runs: Type.Array(Time, {
			maxItems: NEXT_RUNS,
			description: `The next ${NEXT_RUNS} times. Each run starts within the minute after its time. Empty while the schedule is paused.`,
		}),
		created_at: Time,
		updated_at: Time,
	},
	{ title: 'Schedule', additionalProperties: false },
);

/** A schedule in responses, as its schema types it. */
export type ScheduleResource = Type.Static<typeof ScheduleResource>;

/** Builds the representation of a schedule. */
export function scheduleResource(schedule: Schedule, nowMs: number): ScheduleResource {
	const { cron, rate, timezone = 'UTC', task, enabled } = schedule;
	const { webhook } = task;
	return {
		schedule_id: schedule.scheduleId,
		name: schedule.name,
		...(cron === undefined ? {} : { cron, timezone }),
		...(rate === undefined ? {} : { rate }),
		task: {
			type: task.type,
			data: task.data,
			tags: task.tags,
			...(webhook === undefined
				? {}
				: { webhook: 'url' in webhook ? webhook : { webhook_id: webhook.webhookId } }),
		},
		enabled,
		next_runs: enabled ? nextTimes(schedule, { afterMs: nowMs, count: NEXT_RUNS }).map(time) : [],
		created_at: time(schedule.createdAtMs),
		updated_at: time(schedule.updatedAtMs),
	};
}

/** Converts the task of a request. */
export function scheduledTask({ type, data, tags = {}, webhook }: NewTaskBody): Schedule['task'] {
	return { type, data, tags, ...namedWebhook(webhook) };
}

/** Path parameters of every operation on one schedule. */
export const ScheduleParams = Type.Object({
	schedule_id: Type.String({
		pattern: UUID_PATTERN,
		format: 'uuid',
		description: '`schedule_id` of the schedule. Upper case is accepted.',
	}),
});

/** Returns the key of the schedule in the path, for the caller. */
export function scheduleKeyOf({ principal, params }: { principal: string; params: { schedule_id: string } }) {
	return { principal, scheduleId: params.schedule_id.toLowerCase() };
}

/**
 * Returns the schedule that was found.
 * @throws {@link ProblemError} `not-found`.
 */
export function requireSchedule<Found>(found: Found | undefined): Found {
	if (found === undefined) throw new ProblemError('not-found', 'No schedule has this id.');
	return found;
}

/**
 * Returns the schedule that was created or changed.
 * @throws {@link ProblemError} if nothing was changed.
 */
export function requireWritten(outcome: CreateScheduleOutcome | UpdateScheduleOutcome): Schedule {
	switch (outcome.kind) {
		case 'created':
		case 'updated':
			return outcome.schedule;
		case 'notFound':
			throw new ProblemError('not-found', 'No schedule has this id.');
		case 'limitReached':
			throw new ProblemError(
				'conflict',
				`A principal has at most ${MAX_SCHEDULES} schedules. Delete one first.`,
			);
		case 'tooLarge':
			throw new ProblemError(
				'payload-too-large',
				`\`task\` exceeds ${MAX_SCHEDULED_TASK_BYTES / 1024} KiB of JSON.`,
			);
		case 'reservedMember':
			throw invalid(['task', 'data', ...outcome.path], 'Member name is reserved');
		case 'invalidTiming':
			throw invalid([outcome.member], outcome.message);
	}
}

function invalid(path: readonly (string | number)[], msg: string): ProblemError {
	return new ProblemError('validation', `${msg}.`, {
		faults: [{ loc: ['body', ...path], msg, type: 'value_error' }],
	});
}
