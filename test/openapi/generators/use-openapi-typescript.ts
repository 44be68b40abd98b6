import createClient from 'openapi-fetch';
import type { paths } from './generated/openapi-typescript';

async function main(): Promise<void> {
	const { GET, POST } = createClient<paths>({ baseUrl: process.env['API_URL'] ?? '' });
	const created = await POST('/v1/tasks', { body: { type: 'greeting', data: { name: 'Ada' } } });
	const batch = await POST('/v1/tasks/batch', {
		body: { tasks: [{ type: 'greeting', data: { name: 'Bob' } }] },
	});
	const listed = await GET('/v1/tasks', { params: { query: { limit: 10 } } });
	console.log(
		JSON.stringify({
			created: created.data?.task_id,
			batch: batch.data?.results.map(({ task }) => task?.task_id),
			listed: listed.data?.tasks.map(({ task_id }) => task_id),
		}),
	);
}

void main();
