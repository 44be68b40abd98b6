import type { CreateTaskOutcome, NewTask } from './create-task.ts';
import type { Log } from './log.ts';
import {
	newRun,
	runKey,
	type ScheduledTime,
	type ScheduleEntries,
	type ScheduleRun,
	type ScheduleStore,
} from './schedules.ts';
import { ServiceUnavailableError } from './service-unavailable.ts';

/** The ports and functions of a schedule's runs. */
export interface RunScheduleDependencies {
	readonly schedules: Pick<ScheduleStore, 'find' | 'recordRun'>;
	readonly entries: Pick<ScheduleEntries, 'remove'>;
	readonly createTask: (request: NewTask) => Promise<CreateTaskOutcome>;
	/** Returns the members of a task that its type and data determine, or `undefined` for an unknown type. */
	readonly describeTask: (
		type: string,
		data: unknown,
	) => Pick<NewTask, 'callback' | 'largeData' | 'weight'> | undefined;
	readonly now: () => number;
}

/**
 * Creates a function that runs one time of a schedule. The row decides: a paused schedule creates nothing, and neither
 * does a deleted one, whose entry is deleted. Every repetition finds the task of the first run.
 * @throws ServiceUnavailableError if it is unknown whether the task was created. The invocation is then repeated.
 */
export function createScheduleRunner(dependencies: RunScheduleDependencies) {
	const { schedules, entries, createTask, describeTask, now } = dependencies;
	return async (time: ScheduledTime, log: Log): Promise<ScheduleRun | undefined> => {
		const schedule = await schedules.find(time);
		if (schedule === undefined) {
			log.info('deleted schedule fired: its entry is removed');
			await entries.remove(time.scheduleId);
			return undefined;
		}
		if (!schedule.enabled) {
			log.info('paused schedule fired: no task created');
			return undefined;
		}
		const { principal, task } = schedule;
		const described = describeTask(task.type, task.data);
		const error: ScheduleRun['error'] =
			described === undefined
				? { code: 'UnknownType', message: `The task type ${task.type} no longer exists.` }
				: errorOf(await createTask({ principal, ...task, ...described, idempotencyKey: runKey(time) }));
		const run = newRun(time, now(), error);
		await schedules.recordRun(run);
		if (error === undefined) log.info('scheduled task created', { task_id: run.taskId });
		else log.warn('scheduled task not created', { ...error });
		return run;
	};
}

/** Returns why no task was created, or `undefined` if there is one. */
function errorOf(outcome: CreateTaskOutcome): ScheduleRun['error'] {
	switch (outcome.kind) {
		case 'accepted':
		case 'replayed':
		// The first invocation created the task, and the schedule has changed since.
		case 'conflict':
			return undefined;
		case 'callbackKeyInUse':
			return {
				code: 'CallbackKeyInUse',
				message: `Another open task waits for the callback key ${outcome.callbackKey}.`,
			};
		case 'unknownWebhook':
			return { code: 'UnknownWebhook', message: 'The webhook of the task is disabled or deleted.' };
		case 'reservedMember':
		case 'tooLarge':
		case 'tooLargeToDelay':
			return { code: 'InvalidData', message: 'The data of the task is not allowed.' };
		case 'rateLimited':
		case 'unconfirmed':
			throw new ServiceUnavailableError('DynamoDB', {
				retryAfterSeconds: outcome.retryAfterSeconds,
				cause: new Error(`The task was not created: ${outcome.kind}.`),
			});
	}
}

/** A run is repeated until it is this late: 12 hours. Its idempotency key is known for 24 hours. */
const MAX_LATENESS_MS = 12 * 60 * 60 * 1000;

/**
 * Creates a function that repeats a run from the dead-letter queue: an outage delays it by up to {@link MAX_LATENESS_MS}.
 * A later one is listed as lost.
 */
export function createRunRepeater(
	run: ReturnType<typeof createScheduleRunner>,
	{
		schedules,
		now,
	}: Pick<RunScheduleDependencies, 'now'> & { readonly schedules: Pick<ScheduleStore, 'recordRun'> },
) {
	return async (time: ScheduledTime, log: Log): Promise<void> => {
		if (now() - time.scheduledAtMs <= MAX_LATENESS_MS) {
			await run(time, log);
			return;
		}
		log.error('scheduled run lost', { scheduled_time: new Date(time.scheduledAtMs).toISOString() });
		const message = 'The service could not create the task within 12 hours.';
		await schedules.recordRun(newRun(time, now(), { code: 'RunLost', message }));
	};
}
