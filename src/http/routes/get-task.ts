import type { FastifyRequest } from 'fastify';
import * as Type from 'typebox';
import type { GetTaskOutcome, TaskWait } from '../../tasks/read-task.ts';
import { isTerminal, type Task, type TaskKey } from '../../tasks/task.ts';
import { problemResponses } from '../problems/problem.ts';
import { isModified } from '../requests/entity-tag.ts';
import { preferredWaitSeconds } from '../requests/request-headers.ts';
import { requireTask, TaskParams, TaskResource } from '../tasks/task-resource.ts';
import {
	entityTag,
	prepareTaskResponse,
	TASK_HEADERS,
	type TaskPresentation,
} from '../tasks/task-response.ts';
import type { App } from '../typed-app.ts';

export interface GetTaskRoute extends TaskPresentation {
	readonly getTask: (key: TaskKey) => Promise<GetTaskOutcome>;
	readonly waitForTask: (key: TaskKey, wait: TaskWait) => Promise<GetTaskOutcome>;
	readonly signalOf: (request: FastifyRequest) => AbortSignal;
}

const HEADERS = {
	...TASK_HEADERS,
	'preference-applied': { type: 'string', description: 'The preference that was followed: `wait=N`.' },
} as const;

export function registerGetTask(app: App, route: GetTaskRoute): void {
	app.route({
		method: 'GET',
		url: '/v1/tasks/:task_id',
		config: { access: 'tasks:read' },
		schema: {
			operationId: 'getTask',
			summary: 'Read a task',
			description:
				'While the task is not finished, `Retry-After` says when to ask again. With `Prefer: wait` the answer comes when the task has finished or, with `If-None-Match`, has changed.',
			tags: ['tasks'],
			params: TaskParams,
			headers: Type.Object({
				'if-none-match': Type.Optional(
					Type.String({ description: 'The `ETag` at hand: 304 while nothing has changed.' }),
				),
				prefer: Type.Optional(
					Type.String({
						description:
							'`wait=N`: hold the answer for up to N seconds, at most 25. It costs more than to poll, and is for people in a hurry.',
						examples: ['wait=10'],
					}),
				),
			}),
			response: {
				200: {
					description: 'The task.',
					headers: HEADERS,
					content: { 'application/json': { schema: TaskResource } },
				},
				304: { description: 'The task is as it was.', headers: HEADERS, type: 'null' },
				...problemResponses('unauthorized', 'forbidden', 'not-found', 'gone', 'validation'),
			},
		},
		async handler(request, reply) {
			const { 'if-none-match': ifNoneMatch, prefer } = request.headers;
			const isNews = (task: Task) => isModified(ifNoneMatch, entityTag(task));
			const seconds = preferredWaitSeconds(prefer);
			const key = { principal: request.principal, taskId: request.params.task_id };
			const outcome =
				seconds === undefined
					? await route.getTask(key)
					: await route.waitForTask(key, {
							ms: seconds * 1000,
							isDone: (task) => (ifNoneMatch === undefined ? isTerminal(task.status) : isNews(task)),
							signal: route.signalOf(request),
						});
			const task = requireTask(outcome);
			if (seconds !== undefined) reply.header('preference-applied', `wait=${seconds}`);
			const body = await prepareTaskResponse(reply, task, route);
			return isNews(task) ? reply.send(body) : reply.code(304).send(null);
		},
	});
}
