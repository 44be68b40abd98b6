import createClient from 'openapi-fetch';
import type { ExercisedClient } from './exercised-client';
import type { paths } from './generated/openapi-typescript';

const { GET, POST } = createClient<paths>({ baseUrl: process.env.API_URL ?? '' });

export const exercised: ExercisedClient = {
	async create(name) {
		const { data } = await POST('/v1/tasks', { body: { type: 'greeting', data: { name } } });
		return data?.task_id;
	},
	async createBatch(name) {
		const { data } = await POST('/v1/tasks/batch', {
			body: { tasks: [{ type: 'greeting', data: { name } }] },
		});
		return data?.results.map(({ task }) => task?.task_id) ?? [];
	},
	async message(taskId) {
		const { data } = await GET('/v1/tasks/{task_id}', { params: { path: { task_id: taskId } } });
		return data?.type === 'greeting' ? data.result?.message : undefined;
	},
	async list() {
		const { data } = await GET('/v1/tasks', { params: { query: { limit: 10 } } });
		return data?.tasks.map(({ task_id }) => task_id) ?? [];
	},
};
