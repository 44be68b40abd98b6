import type { RedriveTaskOutcome } from '../../tasks/redrive-task.ts';
import type { TaskKey } from '../../tasks/task.ts';
import { ProblemError, problemResponses } from '../problems/problem.ts';
import { absentTaskProblem, TaskParams, TaskResource } from '../tasks/task-resource.ts';
import { prepareTaskResponse, TASK_HEADERS, type TaskPresentation } from '../tasks/task-response.ts';
import type { App } from '../typed-app.ts';

export interface RedriveTaskRoute extends TaskPresentation {
	readonly redriveTask: (key: TaskKey) => Promise<RedriveTaskOutcome>;
}

export function registerRedriveTask(app: App, route: RedriveTaskRoute): void {
	app.route({
		method: 'POST',
		url: '/v1/tasks/:task_id/redrive',
		config: { access: 'tasks:write' },
		schema: {
			operationId: 'redriveTask',
			summary: 'Go on with a failed task',
			description:
				'Goes on from the state that failed; what has succeeded is not done again. For tasks that are FAILED, TIMED_OUT or ABORTED, for 14 days, while they can be read.',
			tags: ['tasks'],
			params: TaskParams,
			response: {
				202: {
					description: 'The task runs again.',
					headers: TASK_HEADERS,
					content: { 'application/json': { schema: TaskResource } },
				},
				...problemResponses('unauthorized', 'forbidden', 'not-found', 'gone', 'conflict', 'validation'),
			},
		},
		async handler(request, reply) {
			const outcome = await route.redriveTask({
				principal: request.principal,
				taskId: request.params.task_id,
			});
			switch (outcome.kind) {
				case 'redriven':
					return reply.code(202).send(await prepareTaskResponse(reply, outcome.task, route));
				case 'notRedrivable':
					throw new ProblemError(
						'conflict',
						'Only a task that is FAILED, TIMED_OUT or ABORTED can be redriven, within 14 days of its end.',
					);
				case 'expired':
				case 'notFound':
					throw absentTaskProblem(outcome);
			}
		},
	});
}
