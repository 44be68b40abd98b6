import type { Log } from './log.ts';
import { type Task } from './task.ts';
import { taskMessage } from './task-message.ts';
import type { TaskPublisher } from './task-publisher.ts';
import type { TaskStore } from './task-store.ts';
import { statusOrder } from './transition.ts';

export interface NewTask {
	readonly principal: string;
	readonly type: string;
	readonly data: unknown;
	readonly tags: Readonly<Record<string, string>>;
	readonly traceparent?: string;
}

export interface CreateTaskDependencies {
	readonly store: TaskStore;
	readonly publisher: TaskPublisher;
	readonly now: () => number;
	readonly newTaskId: (nowMs: number) => string;
	readonly log: Log;
}

/**
 * Accepts a task: the row is the acceptance, the message follows it.
 * A failed publish is no failure of the request, since the row keeps what is needed to publish again.
 */
export function createTaskCreator(dependencies: CreateTaskDependencies) {
	const { store, publisher, now, newTaskId, log } = dependencies;
	return async (request: NewTask): Promise<Task> => {
		const nowMs = now();
		const task: Task = {
			...request,
			tags: { ...request.tags },
			taskId: newTaskId(nowMs),
			status: 'PENDING',
			createdAtMs: nowMs,
			updatedAtMs: nowMs,
			redriveCount: 0,
			statusOrder: statusOrder('PENDING', 0),
			revision: 1,
		};
		if ((await store.create(task)) === 'exists') throw new Error(`The new task id ${task.taskId} is taken.`);
		try {
			await publisher.publish(taskMessage(task), task.traceparent);
		} catch (error) {
			log.error('task accepted but not published', { task_id: task.taskId, error });
		}
		return task;
	};
}
