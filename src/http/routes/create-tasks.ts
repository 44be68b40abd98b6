import type { FastifyRequest } from 'fastify';
import * as Type from 'typebox';
import type { CreateTaskOutcome, NewTask } from '../../tasks/create-task.ts';
import type { Log } from '../../tasks/log.ts';
import { Problem, ProblemError, problemBody, problemResponses } from '../problems/problem.ts';
import { PROBLEMS } from '../problems/problem-catalogue.ts';
import { faultsByTask } from '../problems/validation-faults.ts';
import { IDEMPOTENCY_KEY_PATTERN } from '../requests/request-headers.ts';
import { batchedTaskSchema, type NewTaskBody, newTask } from '../tasks/new-task.ts';
import { TaskResource } from '../tasks/task-resource.ts';
import { presentTask, type TaskPresentation } from '../tasks/task-response.ts';
import type { App } from '../typed-app.ts';
import { rejectionProblem } from './create-task.ts';

export interface CreateTasksRoute extends TaskPresentation {
	readonly createTask: (request: NewTask) => Promise<CreateTaskOutcome>;
	readonly log: Log;
}

const Result = Type.Object(
	{
		status: Type.Integer({ description: '202, or what the task would have been answered with alone.' }),
		task: Type.Optional(TaskResource),
		problem: Type.Optional(Problem),
	},
	{ additionalProperties: false },
);

type Result = Type.Static<typeof Result>;

type BatchedTask = NewTaskBody & { readonly idempotency_key?: string };

export function registerCreateTasks(app: App, route: CreateTasksRoute): void {
	const { createTask, workflows, log } = route;
	const batched = batchedTaskSchema(workflows, {
		idempotency_key: Type.Optional(Type.String({ pattern: IDEMPOTENCY_KEY_PATTERN })),
	});
	const accept = async (request: FastifyRequest, task: BatchedTask): Promise<Result> => {
		const { principal, headers } = request;
		const { idempotency_key: idempotencyKey } = task;
		const traceparent = typeof headers['traceparent'] === 'string' ? headers['traceparent'] : undefined;
		try {
			const outcome = await createTask(newTask(task, { principal, traceparent, idempotencyKey, workflows }));
			if (!('task' in outcome)) return refused(rejectionProblem(outcome), request);
			return { status: 202, task: await presentTask(outcome.task, route) };
		} catch (error) {
			log.error('task of a batch failed', { request_id: request.id, error });
			return refused(
				new ProblemError('internal', 'This task was not accepted; it may be sent again.'),
				request,
			);
		}
	};

	app.route({
		method: 'POST',
		url: '/v1/tasks/batch',
		config: { access: 'tasks:write' },
		attachValidation: true,
		schema: {
			operationId: 'createTasks',
			summary: 'Accept up to 100 tasks',
			description:
				'Each task is accepted or refused by itself; the results stand in the order of the tasks. A task has its idempotency key in `idempotency_key`.',
			tags: ['tasks'],
			headers: Type.Object({
				traceparent: Type.Optional(Type.String({ description: 'W3C trace context.' })),
			}),
			body: Type.Object(
				{ tasks: Type.Array(batched, { minItems: 1, maxItems: 100 }) },
				{ additionalProperties: false },
			),
			response: {
				200: {
					description: 'What became of each task.',
					content: {
						'application/json': {
							schema: Type.Object({ results: Type.Array(Result) }, { additionalProperties: false }),
						},
					},
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
		async handler(request) {
			const faults = faultsByTask(request.validationError);
			/** Tasks of one key go one after the other, so that the first of them counts. */
			const lastOfKey = new Map<string, Promise<Result>>();
			const results = request.body.tasks.map(async (task, index) => {
				const found = faults.get(index);
				if (found !== undefined)
					return refused(
						new ProblemError('validation', 'The task does not match its schema.', found),
						request,
					);
				const { idempotency_key: key } = task;
				const before = key === undefined ? undefined : lastOfKey.get(key);
				const result = Promise.resolve(before).then(() => accept(request, task));
				if (key !== undefined) lastOfKey.set(key, result);
				return result;
			});
			return { results: await Promise.all(results) };
		},
	});
}

function refused(error: ProblemError, { url }: FastifyRequest): Result {
	return { status: PROBLEMS[error.code].status, problem: problemBody(error, url) };
}
