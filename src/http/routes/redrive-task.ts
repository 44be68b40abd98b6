import type { AcceptanceLimit } from '../../tasks/acceptance-limit.ts';
import type { RedriveTaskOutcome } from '../../tasks/redrive-task.ts';
import type { TaskKey } from '../../tasks/task.ts';
import { ProblemError, problemResponses } from '../problems/problem.ts';
import { RATE_LIMIT_HEADERS, requireAllowance } from '../requests/rate-limit.ts';
import { absentTaskProblem, TaskParams, TaskResource, taskKeyOf } from '../tasks/task-resource.ts';
import { prepareTaskResponse, TASK_HEADERS, type TaskPresentation } from '../tasks/task-response.ts';
import type { App } from '../typed-app.ts';

/** Dependencies of the route. */
export interface RedriveTaskRoute extends TaskPresentation {
	readonly redriveTask: (key: TaskKey) => Promise<RedriveTaskOutcome>;
	/** A redrive counts like a new task. */
	readonly acceptanceLimit: AcceptanceLimit | undefined;
}

/** Registers `POST /v1/tasks/:task_id/redrive`. */
export function registerRedriveTask(app: App, route: RedriveTaskRoute): void {
	app.route({
		method: 'POST',
		url: '/v1/tasks/:task_id/redrive',
		config: { access: 'tasks:write', optionalBody: true },
		schema: {
			operationId: 'redriveTask',
			summary: 'Redrive a failed task',
			description:
				'Continues a task that is `FAILED`, `TIMED_OUT` or `ABORTED` from the state that failed. States that succeeded do not run again. Possible for 14 days after the end, until the task expires.',
			tags: ['tasks'],
			params: TaskParams,
			response: {
				202: {
					description: 'The task is running again.',
					headers: { ...TASK_HEADERS, ...RATE_LIMIT_HEADERS },
					content: { 'application/json': { schema: TaskResource } },
				},
				...problemResponses(
					'unauthorized',
					'forbidden',
					'not-found',
					'gone',
					'conflict',
					'validation',
					'rate-limited',
				),
			},
		},
		async handler(request, reply) {
			const { principal } = request;
			await requireAllowance(route.acceptanceLimit, { principal, nowMs: route.now(), reply });
			const outcome = await route.redriveTask(taskKeyOf(request));
			switch (outcome.kind) {
				case 'redriven':
					return reply.code(202).send(await prepareTaskResponse(request, reply, outcome.task, route));
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
