import type { ExercisedClient } from './exercised-client';
import { createTask, createTasks, getTask, listTasks } from './generated/hey-api';
import { client } from './generated/hey-api/client.gen';

client.setConfig({ baseUrl: process.env.API_URL ?? '' });

export const exercised: ExercisedClient = {
	async create(name) {
		const { data } = await createTask({ body: { type: 'greeting', data: { name } } });
		return data?.task_id;
	},
	async createBatch(name) {
		const { data } = await createTasks({ body: { tasks: [{ type: 'greeting', data: { name } }] } });
		return data?.results.map(({ task }) => task?.task_id) ?? [];
	},
	async message(taskId) {
		const { data } = await getTask({ path: { task_id: taskId } });
		return data?.type === 'greeting' ? data.result?.message : undefined;
	},
	async list() {
		const { data } = await listTasks({ query: { limit: 10 } });
		return data?.tasks.map(({ task_id }) => task_id) ?? [];
	},
};
