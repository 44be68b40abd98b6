import * as Type from 'typebox';
import type { RerunContext, RerunTaskOutcome } from '../../tasks/rerun-task.ts';
import type { TaskKey } from '../../tasks/task.ts';
import { ProblemError, problemResponses } from '../problems/problem.ts';
import { RATE_LIMIT_HEADERS, setRateLimitHeaders } from '../requests/rate-limit.ts';
import { parseIdempotencyKey, parseTraceparent } from '../requests/request-headers.ts';
import { absentTaskProblem, TaskParams, TaskResource, taskKeyOf, taskPath } from '../tasks/task-resource.ts';
import { prepareTaskResponse, TASK_HEADERS, type TaskPresentation } from '../tasks/task-response.ts';
import type { App } from '../typed-app.ts';
import { rejectionProblem } from './create-task.ts';

/** Dependencies of the route. */
export interface RerunTaskRoute extends TaskPresentation {
	readonly rerunTask: (key: TaskKey, context: RerunContext) => Promise<RerunTaskOutcome>;
}

/** Registers `POST /v1/tasks/:task_id/rerun`. */
export function registerRerunTask(app: App, route: RerunTaskRoute): void {
	app.route({
		method: 'POST',
		url: '/v1/tasks/:task_id/rerun',
		config: { access: 'tasks:write', optionalBody: true },
		schema: {
			operationId: 'rerunTask',
			summary: 'Rerun a finished task',
			description:
				'Creates a new task with the type, data and tags of a finished one, which it names in `rerun_of`. Unlike a redrive it starts from the beginning, and also repeats tasks that succeeded. It starts at once, and a `webhook` of the original receives nothing of it; subscriptions do.',
			tags: ['tasks'],
			params: TaskParams,
			headers: Type.Object({
				'idempotency-key': Type.Optional(
					Type.String({
						description: 'Makes retries safe: the same key returns the same new task for at least 24 hours.',
						examples: ['"rerun-4711"'],
					}),
				),
				traceparent: Type.Optional(Type.String({ description: 'W3C trace context.' })),
			}),
			response: {
				202: {
					description: 'The new task is accepted.',
					headers: {
						...TASK_HEADERS,
						...RATE_LIMIT_HEADERS,
						location: { type: 'string', format: 'uri-reference', description: 'URL of the new task.' },
						'idempotency-replayed': {
							type: 'string',
							enum: ['true'],
							description: 'Present if an earlier request with the same key created the task.',
						},
					},
					content: { 'application/json': { schema: TaskResource } },
				},
				...problemResponses(
					'unauthorized',
					'forbidden',
					'not-found',
					'gone',
					'conflict',
					'payload-too-large',
					'validation',
					'idempotency-key-reused',
					'rate-limited',
				),
			},
		},
		async handler(request, reply) {
			const idempotencyKey = parseIdempotencyKey(request.headers['idempotency-key']);
			const outcome = await route.rerunTask(taskKeyOf(request), {
				...parseTraceparent(request.headers.traceparent),
				...(idempotencyKey === undefined ? {} : { idempotencyKey }),
			});
			if ('allowance' in outcome) setRateLimitHeaders(reply, outcome.allowance);
			if (outcome.kind === 'replayed') reply.header('idempotency-replayed', 'true');
			switch (outcome.kind) {
				case 'accepted':
				case 'replayed':
					return reply
						.code(202)
						.header('location', taskPath(request.basePath, outcome.task.taskId))
						.send(await prepareTaskResponse(request, reply, outcome.task, route));
				case 'open':
					throw new ProblemError('conflict', 'Only a finished task can be rerun.');
				case 'expired':
				case 'notFound':
					throw absentTaskProblem(outcome);
				case 'callbackKeyInUse':
				case 'conflict':
				case 'rateLimited':
				case 'reservedMember':
				case 'tooLarge':
				case 'tooLargeToDelay':
				case 'unconfirmed':
				case 'unknownWebhook':
					throw rejectionProblem(outcome);
			}
		},
	});
}
