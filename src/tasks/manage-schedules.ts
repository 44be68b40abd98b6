import { findClaimMember } from './claim-check.ts';
import type { Log } from './log.ts';
import { findTimingFault, type Timing, type TimingFault } from './schedule-times.ts';
import {
	MAX_SCHEDULED_TASK_BYTES,
	type Schedule,
	type ScheduledTask,
	type ScheduleEntries,
	type ScheduleKey,
	type ScheduleStore,
} from './schedules.ts';
import { ServiceUnavailableError } from './service-unavailable.ts';

/** The members of a schedule that its owner sets. */
export type ScheduleSettings = Pick<Schedule, 'name' | 'cron' | 'rate' | 'timezone' | 'task' | 'enabled'>;

/** A change of a schedule: an absent member stays. `cron` replaces `rate`, and the other way round. */
export interface ScheduleUpdate {
	readonly name?: string;
	readonly cron?: string;
	readonly rate?: string;
	/** `null`: UTC. */
	readonly timezone?: string | null;
	readonly task?: ScheduledTask;
	readonly enabled?: boolean;
}

type Refusal =
	| ({ readonly kind: 'invalidTiming' } & TimingFault)
	/** The task exceeds {@link MAX_SCHEDULED_TASK_BYTES}. */
	| { readonly kind: 'tooLarge' }
	/** The data has a member that only the service may use, at this path. */
	| { readonly kind: 'reservedMember'; readonly path: readonly (string | number)[] };

/** The result of creating a schedule. */
export type CreateScheduleOutcome =
	| { readonly kind: 'created'; readonly schedule: Schedule }
	/** The principal has the maximum number of schedules. */
	| { readonly kind: 'limitReached' }
	| Refusal;

/** The result of changing a schedule. */
export type UpdateScheduleOutcome =
	| { readonly kind: 'updated'; readonly schedule: Schedule }
	| { readonly kind: 'notFound' }
	| Refusal;

/** The ports of the use cases of schedules. */
export interface ManageSchedulesDependencies {
	readonly schedules: ScheduleStore;
	readonly entries: ScheduleEntries;
	/** Returns a new UUID that sorts by time. */
	readonly createId: (nowMs: number) => string;
	readonly now: () => number;
	readonly log: Log;
}

/** Each conflicting write changes the same schedule, which is rare. */
const MAX_ATTEMPTS = 10;

/** Creates the use cases of a principal's schedules. The row is written first, then the entry. */
export function createScheduleManager(dependencies: ManageSchedulesDependencies) {
	const { schedules, entries, createId, now, log } = dependencies;

	/**
	 * Writes the entry of a schedule until it has the latest version. After a concurrent change it is written again even if
	 * that is confirmed already, since the older of two writes may have come last.
	 * @returns the latest schedule, or `undefined` if it is deleted.
	 */
	async function writeEntry(schedule: Schedule): Promise<Schedule | 'rejected' | undefined> {
		let latest: Schedule | undefined = schedule;
		for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
			if (latest === undefined) {
				await entries.remove(schedule.scheduleId);
				return undefined;
			}
			if ((await entries.put(latest, now())) === 'rejected') return 'rejected';
			if (await schedules.confirmEntry(latest)) return { ...latest, entryVersion: latest.version };
			latest = await schedules.find(schedule);
		}
		throw tooManyUpdates();
	}

	/** Writes an outdated entry. Best effort: the schedule is readable while EventBridge Scheduler is unavailable. */
	async function repaired(schedule: Schedule): Promise<Schedule | undefined> {
		if (schedule.entryVersion === schedule.version) return schedule;
		try {
			const written = await writeEntry(schedule);
			return written === 'rejected' ? schedule : written;
		} catch (error) {
			log.warn('entry of a schedule not repaired', { schedule_id: schedule.scheduleId, error });
			return schedule;
		}
	}

	async function swapWith(
		key: ScheduleKey,
		change: (before: Schedule) => Schedule | Refusal,
	): Promise<UpdateScheduleOutcome> {
		for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
			const before = await schedules.find(key);
			if (before === undefined) return { kind: 'notFound' };
			const next = change(before);
			if ('kind' in next) return next;
			const changed = await schedules.swap(before, next);
			if (changed === undefined) continue;
			const written = await writeEntry(changed);
			if (written === undefined) return { kind: 'notFound' };
			if (written !== 'rejected') return { kind: 'updated', schedule: written };
			await restore(changed, before);
			return rejectedTiming(changed);
		}
		throw tooManyUpdates();
	}

	/** Undoes a change that EventBridge Scheduler rejected. */
	async function restore(changed: Schedule, before: Schedule): Promise<void> {
		const restored = await schedules.swap(changed, before);
		if (restored !== undefined) await writeEntry(restored);
	}

	const update = (key: ScheduleKey, changes: ScheduleUpdate) =>
		swapWith(key, (before) => {
			const next = updatedSchedule(before, changes, now());
			return findRefusal(next, now(), before) ?? next;
		});

	return {
		async find(key: ScheduleKey): Promise<Schedule | undefined> {
			const found = await schedules.find(key);
			return found === undefined ? undefined : repaired(found);
		},

		async list(principal: string): Promise<readonly Schedule[]> {
			const found: Schedule[] = [];
			for (const schedule of await schedules.list(principal)) {
				const each = await repaired(schedule);
				if (each !== undefined) found.push(each);
			}
			return found;
		},

		async create(principal: string, settings: ScheduleSettings): Promise<CreateScheduleOutcome> {
			const nowMs = now();
			const schedule: Schedule = {
				principal,
				scheduleId: createId(nowMs),
				...settings,
				startMs: wholeMinutes(nowMs),
				createdAtMs: nowMs,
				updatedAtMs: nowMs,
				version: 1,
			};
			const refusal = findRefusal(schedule, nowMs);
			if (refusal !== undefined) return refusal;
			if ((await schedules.create(schedule)) === 'limitReached') return { kind: 'limitReached' };
			const written = await writeEntry(schedule);
			if (written === 'rejected') {
				await schedules.remove(schedule);
				return rejectedTiming(schedule);
			}
			return { kind: 'created', schedule: written ?? schedule };
		},

		update,

		/** A paused schedule creates no tasks. */
		pause: (key: ScheduleKey) => update(key, { enabled: false }),

		/** Times that have passed while the schedule was paused are skipped. */
		resume: (key: ScheduleKey) => update(key, { enabled: true }),

		/** Returns `false` if the schedule does not exist. An entry that a crash leaves is deleted when it fires. */
		async remove(key: ScheduleKey): Promise<boolean> {
			const isRemoved = await schedules.remove(key);
			if (isRemoved) await entries.remove(key.scheduleId);
			return isRemoved;
		},
	};
}

/** The use cases of schedules. */
export type ScheduleManager = ReturnType<typeof createScheduleManager>;

/** A schedule whose last time has passed can still be renamed and paused, so an unchanged timing is not checked. */
function findRefusal(schedule: Schedule, nowMs: number, before?: Schedule): Refusal | undefined {
	if (Buffer.byteLength(JSON.stringify(schedule.task)) > MAX_SCHEDULED_TASK_BYTES)
		return { kind: 'tooLarge' };
	const path = findClaimMember(schedule.task.data);
	if (path !== undefined) return { kind: 'reservedMember', path };
	const isResuming = schedule.enabled && before?.enabled === false;
	if (before !== undefined && !isResuming && hasSameTiming(schedule, before)) return undefined;
	const fault = findTimingFault(schedule, nowMs);
	return fault === undefined ? undefined : { kind: 'invalidTiming', ...fault };
}

function hasSameTiming(left: Timing, right: Timing): boolean {
	return left.cron === right.cron && left.rate === right.rate && left.timezone === right.timezone;
}

function rejectedTiming({ rate }: Timing): Refusal {
	return {
		kind: 'invalidTiming',
		member: rate === undefined ? 'cron' : 'rate',
		message: 'EventBridge Scheduler does not accept this expression in this time zone',
	};
}

/** Returns a schedule after an update. */
export function updatedSchedule(before: Schedule, update: ScheduleUpdate, nowMs: number): Schedule {
	const { cron, rate, timezone: zoneBefore, ...rest } = before;
	const isSameKind = update.cron === undefined && update.rate === undefined;
	// The time zone belongs to `cron`, so a change to a rate removes it.
	const inherited = update.rate === undefined ? zoneBefore : undefined;
	const timezone = update.timezone === undefined ? inherited : (update.timezone ?? undefined);
	const timing = isSameKind ? { cron, rate } : { cron: update.cron, rate: update.rate };
	const { name = before.name, task = before.task, enabled = before.enabled } = update;
	return {
		...rest,
		name,
		task,
		enabled,
		...(timing.cron === undefined ? {} : { cron: timing.cron }),
		...(timing.rate === undefined ? {} : { rate: timing.rate }),
		...(timezone === undefined ? {} : { timezone }),
		startMs: timing.rate === rate ? before.startMs : wholeMinutes(nowMs),
		updatedAtMs: nowMs,
	};
}

/** EventBridge Scheduler fires with a precision of one minute. */
function wholeMinutes(ms: number): number {
	return Math.floor(ms / 60_000) * 60_000;
}

function tooManyUpdates(): ServiceUnavailableError {
	return new ServiceUnavailableError('DynamoDB', {
		cause: new Error('Too many concurrent updates of a schedule.'),
	});
}
