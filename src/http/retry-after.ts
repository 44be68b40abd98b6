import type { Task } from '../tasks/task.ts';

const SHORTEST_SECONDS = 1;
const LONGEST_SECONDS = 30;

/** Seconds until a poll is worth its cost: what the type usually takes, less what has passed, 1 to 30. */
export function retryAfterSeconds(task: Task, expectedSeconds: number, nowMs: number): number {
	const passedSeconds = (nowMs - task.createdAtMs) / 1000;
	return Math.min(LONGEST_SECONDS, Math.max(SHORTEST_SECONDS, Math.ceil(expectedSeconds - passedSeconds)));
}
