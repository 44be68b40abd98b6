import type { FastifyRequest } from 'fastify';
import * as Type from 'typebox';
import type { CreateTaskOutcome, NewTask } from '../../tasks/create-task.ts';
import type { GetTaskOutcome, TaskWait } from '../../tasks/read-task.ts';
import { isTerminal, type TaskKey } from '../../tasks/task.ts';
import { ProblemError, problemResponses } from '../problems/problem.ts';
import { parseIdempotencyKey, preferredWaitSeconds } from '../requests/request-headers.ts';
import { newTask, newTaskSchema } from '../tasks/new-task.ts';
import { TaskResource, taskPath } from '../tasks/task-resource.ts';
import { prepareTaskResponse, TASK_HEADERS, type TaskPresentation } from '../tasks/task-response.ts';
import type { App } from '../typed-app.ts';

export interface CreateTaskRoute extends TaskPresentation {
	readonly createTask: (request: NewTask) => Promise<CreateTaskOutcome>;
	readonly waitForTask: (key: TaskKey, wait: TaskWait) => Promise<GetTaskOutcome>;
	/** Aborts when the client of the request goes away, where that can be seen. */
	readonly signalOf: (request: FastifyRequest) => AbortSignal;
}

const ACCEPTED_HEADERS = {
	...TASK_HEADERS,
	location: { type: 'string', format: 'uri-reference', description: 'Where the task can be read.' },
	'idempotency-replayed': {
		type: 'string',
		enum: ['true'],
		description: 'There where the key has made this task before.',
	},
	'preference-applied': { type: 'string', description: 'The preference that was followed: `wait=N`.' },
} as const;

export function registerCreateTask(app: App, route: CreateTaskRoute): void {
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
				'idempotency-key': Type.Optional(
					Type.String({
						description:
							'Makes a repeated request safe: the same key and body give the same task for at least 24 hours. 1 to 255 visible characters, quoted or bare.',
						examples: ['"order-4711"'],
					}),
				),
				prefer: Type.Optional(
					Type.String({
						description: '`wait=N`: answer with the finished task if it ends within N seconds, at most 25.',
						examples: ['wait=10'],
					}),
				),
				traceparent: Type.Optional(Type.String({ description: 'W3C trace context.' })),
			}),
			body: newTaskSchema(route.workflows),
			response: {
				200: {
					description: 'The task has finished while the client waited for it (`Prefer: wait`).',
					headers: ACCEPTED_HEADERS,
					content: { 'application/json': { schema: TaskResource } },
				},
				202: {
					description: 'The task is accepted and will be carried out.',
					headers: ACCEPTED_HEADERS,
					content: { 'application/json': { schema: TaskResource } },
				},
				...problemResponses(
					'malformed-json',
					'unauthorized',
					'forbidden',
					'conflict',
					'payload-too-large',
					'unsupported-media-type',
					'validation',
					'idempotency-key-reused',
					'rate-limited',
				),
			},
		},
		async handler(request, reply) {
			const { principal, body, headers } = request;
			const { prefer, traceparent } = headers;
			const idempotencyKey = parseIdempotencyKey(headers['idempotency-key']);
			const { workflows } = route;
			const outcome = await route.createTask(
				newTask(body, { principal, traceparent, idempotencyKey, workflows }),
			);
			if (!('task' in outcome)) throw rejectionProblem(outcome);
			if (outcome.kind === 'replayed') reply.header('idempotency-replayed', 'true');
			let { task } = outcome;
			const seconds = preferredWaitSeconds(prefer);
			if (seconds !== undefined) {
				const signal = route.signalOf(request);
				const isDone = ({ status }: { status: typeof task.status }) => isTerminal(status);
				const waited = await route.waitForTask(task, { ms: seconds * 1000, isDone, signal });
				if (waited.kind === 'found') task = waited.task;
				reply.header('preference-applied', `wait=${seconds}`);
			}
			return reply
				.code(seconds !== undefined && isTerminal(task.status) ? 200 : 202)
				.header('location', taskPath(task.taskId))
				.send(await prepareTaskResponse(reply, task, route));
		},
	});
}

/** Why a task was not accepted. */
export function rejectionProblem(outcome: Exclude<CreateTaskOutcome, { task: unknown }>): ProblemError {
	switch (outcome.kind) {
		case 'conflict':
			return new ProblemError(
				'idempotency-key-reused',
				'The idempotency key was used for another request; nothing was changed.',
			);
		case 'reservedMember':
			return new ProblemError('validation', 'The data contains a reserved member name.', [
				{
					loc: ['body', 'data', ...outcome.path],
					type: 'value_error',
					msg: 'Member name is reserved',
				},
			]);
		case 'tooLarge':
			return new ProblemError('payload-too-large', 'The `data` of a task is at most 200 KiB of JSON.');
		case 'callbackKeyInUse':
			return new ProblemError(
				'conflict',
				`Another open task waits for the callback key ${outcome.callbackKey}. Cancel it or wait until it ends.`,
			);
		case 'rateLimited': {
			const { retryAfterSeconds } = outcome;
			const problem = new ProblemError(
				'rate-limited',
				`Too many tasks were accepted in the last minute; try again in ${retryAfterSeconds} s.`,
			);
			problem.retryAfterSeconds = retryAfterSeconds;
			return problem;
		}
		case 'unconfirmed': {
			const problem = new ProblemError(
				'unavailable',
				'The task may have been accepted. Repeat the request with the same Idempotency-Key.',
			);
			problem.retryAfterSeconds = outcome.retryAfterSeconds;
			return problem;
		}
	}
}
