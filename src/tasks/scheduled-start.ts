import { firstCheckMs, type Task } from './task.ts';
import { type TaskPublisher, taskMessage } from './task-message.ts';

/** The time at which a client wants a task to start: a point in time, or a delay after its acceptance. */
export type RequestedStart = { readonly runAtMs: number } | { readonly delaySeconds: number };

/** The maximum delay of a start. */
export const MAX_DELAY_SECONDS = 365 * 24 * 60 * 60;

/** The maximum delay of a message in SQS. The reconciler sends the start message of a later task once it is this close. */
const MAX_MESSAGE_DELAY_MS = 900_000;

/** Less than the maximum, so that a run of the reconciler that begins a minute late still sends the message in time. */
const LOOK_AHEAD_MS = 840_000;

/** Clocks differ by less than this: no function starts a task this long before its time. */
const CLOCK_TOLERANCE_MS = 5000;

type Schedule = Pick<Task, 'status' | 'runAtMs'>;

/** Returns the time of a start in epoch milliseconds, or `undefined` if the task starts at once. */
export function startTimeMs(start: RequestedStart | undefined, nowMs: number): number | undefined {
	if (start === undefined) return undefined;
	const runAtMs = 'runAtMs' in start ? start.runAtMs : nowMs + start.delaySeconds * 1000;
	return runAtMs > nowMs ? runAtMs : undefined;
}

/** Whether a pending task waits for the time of its start. */
export function isScheduled({ status, runAtMs = 0 }: Schedule, nowMs: number): boolean {
	return status === 'PENDING' && runAtMs > nowMs;
}

/** Whether a task waits for its time, and no function can be starting it now, however much their clocks differ. */
export function isStartExcluded(task: Schedule, nowMs: number): boolean {
	return isScheduled(task, nowMs + CLOCK_TOLERANCE_MS);
}

/** Returns the time since which a pending task could start: its last change, or the time of its start if that is later. */
export function pendingSinceMs({ updatedAtMs, runAtMs = 0 }: Pick<Task, 'updatedAtMs' | 'runAtMs'>): number {
	return Math.max(updatedAtMs, runAtMs);
}

/** Whether the start message of a task can be sent: at most 15 minutes before the time of its start. */
export function isMessageDue({ runAtMs = 0 }: Pick<Task, 'runAtMs'>, nowMs: number): boolean {
	return runAtMs - nowMs <= MAX_MESSAGE_DELAY_MS;
}

/** Returns the next check of a task that has become pending: when its message is due, or after its start should have begun. */
export function pendingCheckMs(task: Pick<Task, 'runAtMs'>, nowMs: number): number {
	const { runAtMs = 0 } = task;
	return isMessageDue(task, nowMs) ? firstCheckMs(Math.max(nowMs, runAtMs)) : runAtMs - LOOK_AHEAD_MS;
}

/** Sends the start message of a pending task, so that it arrives at the time of its start; no-op if that is too far ahead. */
export async function sendStartMessage(publisher: TaskPublisher, task: Task, nowMs: number): Promise<void> {
	if (!isMessageDue(task, nowMs)) return;
	const delaySeconds = Math.ceil(Math.max(0, (task.runAtMs ?? 0) - nowMs) / 1000);
	await publisher.publish(taskMessage(task), { traceparent: task.traceparent, delaySeconds });
}
