import { Type } from 'typebox';
import type { NewTask } from '../../tasks/create-task.ts';
import type { Task } from '../../tasks/task.ts';
import type { Workflow } from '../../workflows/define-workflow.ts';
import { problemResponses } from '../problem-responses.ts';
import { retryAfterSeconds } from '../retry-after.ts';
import { Tags, TaskResource, taskPath, taskResource } from '../task-resource.ts';
import type { App } from '../typed-app.ts';

export interface CreateTaskRoute {
	readonly createTask: (request: NewTask) => Promise<Task>;
	readonly workflows: Readonly<Record<string, Workflow>>;
	readonly now: () => number;
}

/** W3C trace context; another form is left out rather than refused, as the standard asks. */
const TRACEPARENT = /^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;

export function registerCreateTask(app: App, { createTask, workflows, now }: CreateTaskRoute): void {
	app.route({
		method: 'POST',
		url: '/v1/tasks',
		config: { access: 'tasks:write' },
		schema: {
			operationId: 'createTask',
			summary: 'Accept a task',
			description: 'Answers at once with the task’s id; poll the `Location` for what becomes of it.',
			tags: ['tasks'],
			headers: Type.Object({
				traceparent: Type.Optional(Type.String({ description: 'W3C trace context.' })),
			}),
			body: newTaskSchema(workflows),
			response: {
				202: {
					description: 'The task is accepted and will be carried out.',
					headers: {
						location: { type: 'string', format: 'uri-reference', description: 'Where the task can be read.' },
						'retry-after': {
							type: 'integer',
							minimum: 1,
							description: 'Seconds until a poll is worth while.',
						},
					},
					content: { 'application/json': { schema: TaskResource } },
				},
				...problemResponses(
					'malformed-json',
					'unauthorized',
					'forbidden',
					'payload-too-large',
					'unsupported-media-type',
					'validation',
				),
			},
		},
		async handler(request, reply) {
			const { type, data, tags = {} } = request.body;
			const { traceparent } = request.headers;
			const task = await createTask({
				principal: request.principal,
				type,
				data,
				tags,
				...(traceparent !== undefined && TRACEPARENT.test(traceparent) ? { traceparent } : {}),
			});
			return reply
				.code(202)
				.header('location', taskPath(task.taskId))
				.header('retry-after', String(retryAfterSeconds(task, workflows[type]?.expectedSeconds ?? 1, now())))
				.send(taskResource(task));
		},
	});
}

/** The name of a type's schema in the OpenAPI: `process-channels` -> `NewProcessChannelsTask`. */
export function newTaskSchemaTitle(type: string): string {
	const pascal = type.replace(/(?:^|-)(.)/g, (_, letter: string) => letter.toUpperCase());
	return `New${pascal}Task`;
}

/** A new task is one of the types, each with its own `data`. */
function newTaskSchema(workflows: Readonly<Record<string, Workflow>>) {
	return Type.Unsafe<{ type: string; data: unknown; tags?: Record<string, string> }>({
		type: 'object',
		discriminator: { propertyName: 'type' },
		oneOf: Object.entries(workflows).map(([type, { description, input }]) =>
			Type.Object(
				{ type: Type.Literal(type), data: input, tags: Type.Optional(Tags) },
				{ title: newTaskSchemaTitle(type), description, additionalProperties: false },
			),
		),
	});
}
