import { createTask, createTasks, listTasks } from './generated/orval';

async function main(): Promise<void> {
	const created = await createTask({ type: 'greeting', data: { name: 'Ada' } });
	const batch = await createTasks({ tasks: [{ type: 'greeting', data: { name: 'Bob' } }] });
	const listed = await listTasks({ limit: 10 });
	console.log(
		JSON.stringify({
			created: created.status === 202 ? created.data.task_id : undefined,
			batch: batch.status === 200 ? batch.data.results.map(({ task }) => task?.task_id) : undefined,
			listed: listed.status === 200 ? listed.data.tasks.map(({ task_id }) => task_id) : undefined,
		}),
	);
}

void main();
