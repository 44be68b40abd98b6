import { Hono } from 'hono';
import { handle } from 'hono/aws-lambda';
import { NewTaskSchema } from './new-task-schema.ts';
import { createTask, getTask, PROBLEM } from './task-rows.ts';

const app = new Hono();

app.post('/v1/tasks', async (context) => {
	const { success, data } = NewTaskSchema.safeParse(await context.req.json());
	if (!success) return context.json(PROBLEM, 422);
	const task = await createTask(data);
	if (task === undefined) return context.json({ ...PROBLEM, status: 409 }, 409);
	return context.json(task, 202, { location: task.links.self, 'retry-after': '1' });
});

app.get('/v1/tasks/:taskId', async (context) => {
	const task = await getTask(context.req.param('taskId'));
	return task === undefined
		? context.json({ ...PROBLEM, status: 404 }, 404)
		: context.json(task, 200, { 'retry-after': '1' });
});

export const handler = handle(app);
