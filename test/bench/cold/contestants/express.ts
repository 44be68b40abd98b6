import express from 'express';
import serverless from 'serverless-http';
import { NewTaskSchema } from './new-task-schema.ts';
import { createTask, getTask, PROBLEM } from './task-rows.ts';

const app = express();
app.use(express.json());

app.post('/v1/tasks', async (request, response) => {
	const { success, data } = NewTaskSchema.safeParse(request.body);
	if (!success) return void response.status(422).json(PROBLEM);
	const task = await createTask(data);
	if (task === undefined) return void response.status(409).json({ ...PROBLEM, status: 409 });
	return void response.status(202).set({ location: task.links.self, 'retry-after': '1' }).json(task);
});

app.get('/v1/tasks/:taskId', async (request, response) => {
	const task = await getTask(request.params.taskId);
	if (task === undefined) return void response.status(404).json({ ...PROBLEM, status: 404 });
	return void response.set('retry-after', '1').json(task);
});

export const handler = serverless(app);
