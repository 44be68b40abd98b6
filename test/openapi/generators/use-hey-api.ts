import { createTask, createTasks, listTasks } from './generated/hey-api';
import { client } from './generated/hey-api/client.gen';

async function main(): Promise<void> {
	client.setConfig({ baseUrl: process.env['API_URL'] ?? '' });
	const created = await createTask({ body: { type: 'greeting', data: { name: 'Ada' } } });
	const batch = await createTasks({ body: { tasks: [{ type: 'greeting', data: { name: 'Bob' } }] } });
	const listed = await listTasks({ query: { limit: 10 } });
	console.log(
		JSON.stringify({
			created: created.data?.task_id,
			batch: batch.data?.results.map(({ task }) => task?.task_id),
			listed: listed.data?.tasks.map(({ task_id }) => task_id),
		}),
	);
}

void main();
