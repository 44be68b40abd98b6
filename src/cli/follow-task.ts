import { isFinished, type Task, TaskApiError } from '../client/index.ts';
import { type CliContext, collect } from './cli-context.ts';
import { createLiveTimeline } from './live-timeline.ts';

const MIN_INTERVAL_MS = 250;
const MAX_INTERVAL_MS = 2000;
const INTERVAL_GROWTH = 1.1;

/** Settings of {@link followTask}. */
export interface FollowOptions {
	readonly timeoutMs: number | undefined;
	/** The task as it was created, which is shown at once. */
	readonly created?: Task | undefined;
	/** Receives each reading of the task. */
	readonly onTask?: ((task: Task) => Promise<void>) | undefined;
}

/**
 * Follows a task to its end and shows its timeline; with `--json` it shows nothing. It reads more often than a polite
 * program, since a person is watching.
 *
 * @throws {@link TaskApiError} `wait-timeout` once the time is over.
 */
export async function followTask(
	{ io, client, options }: CliContext,
	taskId: string,
	{ timeoutMs = Number.POSITIVE_INFINITY, created, onTask }: FollowOptions,
): Promise<Task> {
	const timeline = options.json === true ? undefined : createLiveTimeline(io, options.url);
	if (created !== undefined) timeline?.show(created, []);
	const { signal } = io;
	const deadlineMs = io.now() + timeoutMs;
	for (
		let intervalMs = MIN_INTERVAL_MS;
		;
		intervalMs = Math.min(MAX_INTERVAL_MS, intervalMs * INTERVAL_GROWTH)
	) {
		const task = await client.get(taskId, { signal });
		timeline?.show(task, await collect(client.events(taskId, { signal })));
		if (isFinished(task)) return task;
		await onTask?.(task);
		const leftMs = deadlineMs - io.now();
		if (leftMs <= 0)
			throw new TaskApiError({
				status: 0,
				code: 'wait-timeout',
				detail: `Task ${taskId} is still ${task.status} after ${timeoutMs / 1000} s. It goes on: task-api watch ${taskId}`,
				task,
			});
		await io.sleep(Math.min(intervalMs, leftMs));
	}
}
