import { isExpired, type Task, type TaskKey } from './task.ts';
import type { TaskStore } from './task-store.ts';

export type GetTaskOutcome =
	| { readonly kind: 'found'; readonly task: Task }
	| { readonly kind: 'expired' }
	| { readonly kind: 'notFound' };

/** Finds a task for its principal; an expired one is gone, whether or not DynamoDB has deleted it yet. */
export function createTaskGetter({ store, now }: { store: TaskStore; now: () => number }) {
	return async (key: TaskKey): Promise<GetTaskOutcome> => {
		const task = await store.get(key);
		if (task === undefined) return { kind: 'notFound' };
		return isExpired(task, now()) ? { kind: 'expired' } : { kind: 'found', task };
	};
}
