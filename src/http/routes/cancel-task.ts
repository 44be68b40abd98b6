import * as Type from 'typebox';
import type { CancelTaskOutcome } from '../../tasks/cancel-task.ts';
import type { TaskKey } from '../../tasks/task.ts';
import { ProblemError, problemResponses } from '../problems/problem.ts';
import { absentTaskProblem, TaskParams, TaskResource, taskKeyOf } from '../tasks/task-resource.ts';
import { prepareTaskResponse, TASK_HEADERS, type TaskPresentation } from '../tasks/task-response.ts';
import type { App } from '../typed-app.ts';

/** Dependencies of the route. */
export interface CancelTaskRoute extends TaskPresentation {
	readonly cancelTask: (key: TaskKey, reason?: string) => Promise<CancelTaskOutcome>;
}

/** Registers `POST /v1/tasks/:task_id/cancel`. */
export function registerCancelTask(app: App, route: CancelTaskRoute): void {
	app.route({
		method: 'POST',
		url: '/v1/tasks/:task_id/cancel',
		config: { access: 'tasks:write', optionalBody: true },
		schema: {
			operationId: 'cancelTask',
			summary: 'Cancel a task',
			description:
				'Requests cancellation. The task becomes `ABORTED` once its execution has stopped, or finishes normally if that happens first.',
			tags: ['tasks'],
			params: TaskParams,
			body: Type.Object(
				{
					reason: Type.Optional(
						Type.String({
							minLength: 1,
							maxLength: 1000,
							description: 'Becomes the message of the task’s error.',
							examples: ['No longer needed.'],
						}),
					),
				},
				{ additionalProperties: false },
			),
			response: {
				202: {
					description: 'Cancellation requested. Poll the task for its final status.',
					headers: TASK_HEADERS,
					content: { 'application/json': { schema: TaskResource } },
				},
				...problemResponses(
					'malformed-json',
					'unauthorized',
					'forbidden',
					'not-found',
					'gone',
					'conflict',
					'payload-too-large',
					'unsupported-media-type',
					'validation',
				),
			},
		},
		async handler(request, reply) {
			const outcome = await route.cancelTask(taskKeyOf(request), request.body.reason);
			switch (outcome.kind) {
				case 'requested':
					return reply.code(202).send(await prepareTaskResponse(request, reply, outcome.task, route));
				case 'alreadyFinished':
					throw new ProblemError('conflict', 'The task has already finished.');
				case 'expired':
				case 'notFound':
					throw absentTaskProblem(outcome);
			}
		},
	});
}
