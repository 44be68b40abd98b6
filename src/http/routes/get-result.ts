import * as Type from 'typebox';
import { isOwnObject } from '../../tasks/claim-check.ts';
import type { TaskResultOutcome } from '../../tasks/read-task.ts';
import type { Task, TaskKey } from '../../tasks/task.ts';
import { ProblemError, problemResponses } from '../problems/problem.ts';
import { absentTaskProblem, TaskParams, taskKeyOf } from '../tasks/task-resource.ts';
import { presentResult, type TaskPresentation } from '../tasks/task-response.ts';
import type { App } from '../typed-app.ts';

/** Dependencies of the route. */
export interface GetResultRoute extends TaskPresentation {
	readonly readResult: (key: TaskKey) => Promise<TaskResultOutcome>;
	/** Presigns a URL of an object in the output bucket, valid for 15 minutes. */
	readonly presign: (objectKey: string) => Promise<string>;
}

const Query = Type.Object(
	{
		file: Type.Optional(
			Type.String({
				pattern: '^[a-z][a-z0-9_]{0,63}$',
				description:
					'Name of a member of the result that is a file, such as `log_url`: redirects to the file.',
				examples: ['log_url'],
			}),
		),
	},
	{ additionalProperties: false },
);

/** Registers `GET /v1/tasks/:task_id/result`. */
export function registerGetResult(app: App, route: GetResultRoute): void {
	app.route({
		method: 'GET',
		url: '/v1/tasks/:task_id/result',
		config: { access: 'tasks:read' },
		schema: {
			operationId: 'getTaskResult',
			summary: 'Get the result of a task',
			description:
				'Returns the result of a `SUCCEEDED` task. A result above 200 KiB, and a file of a result, is a redirect to a URL that is valid for 15 minutes and needs no token.',
			tags: ['tasks'],
			params: TaskParams,
			querystring: Query,
			response: {
				200: {
					description: 'The result.',
					content: { 'application/json': { schema: Type.Unknown({ title: 'TaskResult' }) } },
				},
				303: {
					description: 'The result or the file is at `Location`.',
					headers: {
						location: {
							type: 'string',
							format: 'uri',
							description: 'URL of the object, valid for 15 minutes.',
						},
					},
					type: 'null',
				},
				...problemResponses('unauthorized', 'forbidden', 'not-found', 'gone', 'conflict', 'validation'),
			},
		},
		async handler(request, reply) {
			const redirect = async (objectKey: string) =>
				reply
					.code(303)
					.header('location', await route.presign(objectKey))
					.send();
			const outcome = await route.readResult(taskKeyOf(request));
			switch (outcome.kind) {
				case 'inline': {
					const { file } = request.query;
					if (file !== undefined) return redirect(requireFile(outcome, file, route));
					return reply.send(presentResult(outcome.task, route, request));
				}
				case 'stored':
					return redirect(outcome.objectKey);
				case 'open':
					throw new ProblemError('conflict', 'The task has not finished yet.');
				case 'noResult':
					throw new ProblemError('conflict', 'The task ended without a result.');
				case 'expired':
				case 'notFound':
					throw absentTaskProblem(outcome);
			}
		},
	});
}

/** Returns the key of the object that a file member of the result names. */
function requireFile(
	{ task, result }: { readonly task: Task; readonly result: unknown },
	file: string,
	{ workflows }: GetResultRoute,
): string {
	const isFile = workflows[task.type]?.resultFiles?.includes(file) ?? false;
	const objectKey: unknown = isFile ? Object(result)[file] : undefined;
	if (typeof objectKey !== 'string' || !isOwnObject(objectKey, task))
		throw new ProblemError('not-found', 'The result has no file of this name.');
	return objectKey;
}
