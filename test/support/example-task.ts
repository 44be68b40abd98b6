import type { Task } from '../../src/tasks/task.ts';
import { statusOrder } from '../../src/tasks/transition.ts';

export const EXAMPLE_TASK_ID = '01932f4e-6f00-7000-8000-000000000001';

/** A newly created task. */
export function exampleTask(members: Partial<Task> = {}): Task {
	return {
		principal: 'ada',
		taskId: EXAMPLE_TASK_ID,
		type: 'greeting',
		status: 'PENDING',
		tags: {},
		data: { name: 'Ada' },
		createdAtMs: Date.UTC(2026, 0, 1),
		updatedAtMs: Date.UTC(2026, 0, 1),
		redriveCount: 0,
		statusOrder: statusOrder('PENDING', 0),
		revision: 1,
		...members,
	};
}
