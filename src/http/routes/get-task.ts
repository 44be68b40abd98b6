import { Type } from 'typebox';
import type { GetTaskOutcome } from '../../tasks/get-task.ts';
import { isTerminal, type TaskKey } from '../../tasks/task.ts';
import type { Workflow } from '../../workflows/define-workflow.ts';
import { ProblemError } from '../problem.ts';
import { problemResponses } from '../problem-responses.ts';
import { retryAfterSeconds } from '../retry-after.ts';
import { TaskResource, taskResource } from '../task-resource.ts';
import type { App } from '../typed-app.ts';

export interface GetTaskRoute {
	readonly getTask: (key: TaskKey) => Promise<GetTaskOutcome>;
	readonly workflows: Readonly<Record<string, Workflow>>;
	readonly now: () => number;
}

export const TaskParams = Type.Object({
	task_id: Type.String({
		pattern: '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$',
		format: 'uuid',
		description: 'A task’s id, as its creation answered it.',
	}),
});

export function registerGetTask(app: App, { getTask, workflows, now }: GetTaskRoute): void {
	app.route({
		method: 'GET',
		url: '/v1/tasks/:task_id',
		config: { access: 'tasks:read' },
		schema: {
			operationId: 'getTask',
			summary: 'Read a task',
			description: 'While the task is not finished, `Retry-After` says when to ask again.',
			tags: ['tasks'],
			params: TaskParams,
			response: {
				200: {
					description: 'The task.',
					headers: {
						'retry-after': {
							type: 'integer',
							minimum: 1,
							description: 'Seconds until a poll is worth while; absent once the task has finished.',
						},
					},
					content: { 'application/json': { schema: TaskResource } },
				},
				...problemResponses('unauthorized', 'forbidden', 'not-found', 'gone', 'validation'),
			},
		},
		async handler(request, reply) {
			const outcome = await getTask({ principal: request.principal, taskId: request.params.task_id });
			switch (outcome.kind) {
				case 'missing':
					throw new ProblemError('not-found', 'There is no task of this id.');
				case 'gone':
					throw new ProblemError('gone', 'The task has expired.');
				case 'found': {
					const { task } = outcome;
					if (!isTerminal(task.status)) {
						const seconds = retryAfterSeconds(task, workflows[task.type]?.expectedSeconds ?? 1, now());
						reply.header('retry-after', String(seconds));
					}
					return reply.send(taskResource(task));
				}
			}
		},
	});
}
