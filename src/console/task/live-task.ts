import { isFinished, type Task, type TaskEvent } from '../../client/index.ts';
import { api } from '../api.ts';

/** A task with its timeline, read together. */
export interface LiveTask {
	readonly task: Task;
	readonly events: readonly TaskEvent[];
}

/** Reads a task and then its timeline, so that a finished task has all of its events. */
export async function readLiveTask(taskId: string, signal: AbortSignal): Promise<LiveTask> {
	const task = await api.get(taskId, { signal });
	return { task, events: await Array.fromAsync(api.events(task, { signal })) };
}

const FAST_POLL_MS = 1000;
const SLOW_POLL_MS = 3000;
/** A task that waits longer than this changes seldom. */
const FAST_POLLS_MS = 60_000;

/** How long until the task is read again; a finished one does not change. */
export function pollInterval({ task }: LiveTask): number | undefined {
	if (isFinished(task)) return undefined;
	return Date.now() - Date.parse(task.updated_at) < FAST_POLLS_MS ? FAST_POLL_MS : SLOW_POLL_MS;
}
