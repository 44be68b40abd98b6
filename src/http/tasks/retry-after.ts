import type { Task } from '../../tasks/task.ts';

const SHORTEST_SECONDS = 1;
const LONGEST_SECONDS = 30;

/** What takes longer than it usually does is asked for after a quarter of the time by which it is late. */
const OVERDUE_SHARE = 1 / 4;

/** Seconds until a poll is worth its cost: what the type usually takes, less what has passed, 1 to 30. */
export function retryAfterSeconds(
	task: Pick<Task, 'createdAtMs'>,
	expectedSeconds: number,
	nowMs: number,
): number {
	const leftSeconds = expectedSeconds - (nowMs - task.createdAtMs) / 1000;
	const seconds = leftSeconds > 0 ? leftSeconds : -leftSeconds * OVERDUE_SHARE;
	return Math.min(LONGEST_SECONDS, Math.max(SHORTEST_SECONDS, Math.ceil(seconds)));
}
