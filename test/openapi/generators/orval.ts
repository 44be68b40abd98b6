import type { ExercisedClient } from './exercised-client';
import { createTask, createTasks, getTask, listTasks } from './generated/orval';

export const exercised: ExercisedClient = {
	async create(name) {
		const { status, data } = await createTask({ type: 'greeting', data: { name } });
		return status === 202 ? data.task_id : undefined;
	},
	async createBatch(name) {
		const { status, data } = await createTasks({ tasks: [{ type: 'greeting', data: { name } }] });
		return status === 200 ? data.results.map(({ task }) => task?.task_id) : [];
	},
	async message(taskId) {
		const { status, data } = await getTask(taskId);
		return status === 200 && data.type === 'greeting' ? data.result?.message : undefined;
	},
	async list() {
		const { status, data } = await listTasks({ limit: 10 });
		return status === 200 ? data.tasks.map(({ task_id }) => task_id) : [];
	},
};
