import type { FastifyRequest } from 'fastify';
import * as Type from 'typebox';
import type { GetTaskOutcome, TaskWait } from '../../tasks/read-task.ts';
import { isTerminal, type Task, type TaskKey } from '../../tasks/task.ts';
import { problemResponses } from '../problems/problem.ts';
import { isModified, preferredWaitSeconds } from '../requests/request-headers.ts';
import { requireTask, TaskParams, TaskResource, taskKeyOf } from '../tasks/task-resource.ts';
import {
	approvalTokenOf,
	entityTag,
	prepareTaskResponse,
	TASK_HEADERS,
	type TaskPresentation,
} from '../tasks/task-response.ts';
import type { App } from '../typed-app.ts';

/** Dependencies of the route. */
export interface GetTaskRoute extends TaskPresentation {
	readonly getTask: (key: TaskKey) => Promise<GetTaskOutcome>;
	readonly waitForTask: (key: TaskKey, wait: TaskWait) => Promise<GetTaskOutcome>;
	/** Returns a signal that aborts before the invocation times out. */
	readonly signalOf: (request: FastifyRequest) => AbortSignal;
}

const HEADERS = {
	...TASK_HEADERS,
	'preference-applied': { type: 'string', description: 'The preference that was applied: `wait=N`.' },
} as const;

/** Registers `GET /v1/tasks/:task_id`. */
export function registerGetTask(app: App, route: GetTaskRoute): void {
	app.route({
		method: 'GET',
		url: '/v1/tasks/:task_id',
		config: { access: 'tasks:read' },
		schema: {
			operationId: 'getTask',
			summary: 'Get a task',
			description:
				'Until the task has finished, `Retry-After` gives the time of the next poll. With `Prefer: wait` the response is held until the task has finished or, with `If-None-Match`, has changed.',
			tags: ['tasks'],
			params: TaskParams,
			headers: Type.Object({
				'if-none-match': Type.Optional(
					Type.String({ description: '`ETag` of a previous response: 304 if the task is unchanged.' }),
				),
				prefer: Type.Optional(
					Type.String({
						description:
							'`wait=N`: hold the response for up to N seconds, at most 25. It costs more than polling; use it where a person is waiting.',
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
				304: { description: 'The task is unchanged.', headers: HEADERS, type: 'null' },
				...problemResponses('unauthorized', 'forbidden', 'not-found', 'gone', 'validation'),
			},
		},
		async handler(request, reply) {
			const { 'if-none-match': ifNoneMatch, prefer } = request.headers;
			const isChanged = async (task: Task) =>
				ifNoneMatch === undefined ||
				isModified(ifNoneMatch, entityTag(task, await approvalTokenOf(request, task, route)));
			const seconds = preferredWaitSeconds(prefer);
			const key = taskKeyOf(request);
			const outcome =
				seconds === undefined
					? await route.getTask(key)
					: await route.waitForTask(key, {
							ms: seconds * 1000,
							isDone: (task) => (ifNoneMatch === undefined ? isTerminal(task.status) : isChanged(task)),
							signal: route.signalOf(request),
						});
			const task = requireTask(outcome);
			if (seconds !== undefined) reply.header('preference-applied', `wait=${seconds}`);
			const body = await prepareTaskResponse(request, reply, task, route);
			return (await isChanged(task)) ? reply.send(body) : reply.code(304).send(null);
		},
	});
}
