import type { FastifyRequest } from 'fastify';
import * as Type from 'typebox';
import type { Allowance } from '../../tasks/acceptance-limit.ts';
import type { CreateTaskOutcome, NewTask } from '../../tasks/create-task.ts';
import type { GetTaskOutcome, TaskWait } from '../../tasks/read-task.ts';
import { isTerminal, type Task, type TaskKey } from '../../tasks/task.ts';
import { ProblemError, problemResponses } from '../problems/problem.ts';
import { RATE_LIMIT_HEADERS, rateLimitProblem, setRateLimitHeaders } from '../requests/rate-limit.ts';
import { parseIdempotencyKey, preferredWaitSeconds } from '../requests/request-headers.ts';
import { newTask, newTaskSchema } from '../tasks/new-task.ts';
import { TaskResource, taskPath } from '../tasks/task-resource.ts';
import { prepareTaskResponse, TASK_HEADERS, type TaskPresentation } from '../tasks/task-response.ts';
import type { App } from '../typed-app.ts';
import { type FindUrlFault, requireAllowedWebhook } from '../webhooks/webhook-members.ts';

/** Dependencies of the route. */
export interface CreateTaskRoute extends TaskPresentation {
	readonly createTask: (request: NewTask) => Promise<CreateTaskOutcome>;
	readonly waitForTask: (key: TaskKey, wait: TaskWait) => Promise<GetTaskOutcome>;
	/** Returns a signal that aborts before the invocation times out. */
	readonly signalOf: (request: FastifyRequest) => AbortSignal;
	readonly findUrlFault: FindUrlFault;
}

const ACCEPTED_HEADERS = {
	...TASK_HEADERS,
	...RATE_LIMIT_HEADERS,
	location: { type: 'string', format: 'uri-reference', description: 'URL of the task.' },
	'idempotency-replayed': {
		type: 'string',
		enum: ['true'],
		description: 'Present if an earlier request with the same key created the task.',
	},
	'preference-applied': { type: 'string', description: 'The preference that was applied: `wait=N`.' },
} as const;

/** Registers `POST /v1/tasks`. */
export function registerCreateTask(app: App, route: CreateTaskRoute): void {
	app.route({
		method: 'POST',
		url: '/v1/tasks',
		config: { access: 'tasks:write' },
		schema: {
			operationId: 'createTask',
			summary: 'Create a task',
			description: 'Accepts a task and returns its id at once. Poll its `Location` for status and result.',
			tags: ['tasks'],
			headers: Type.Object({
				'idempotency-key': Type.Optional(
					Type.String({
						description:
							'Makes retries safe: the same key and body return the same task for at least 24 hours. 1 to 255 visible ASCII characters, with or without double quotes.',
						examples: ['"order-4711"'],
					}),
				),
				prefer: Type.Optional(
					Type.String({
						description: '`wait=N`: return the finished task if it finishes within N seconds, at most 25.',
						examples: ['wait=10'],
					}),
				),
				traceparent: Type.Optional(Type.String({ description: 'W3C trace context.' })),
			}),
			body: newTaskSchema(route.workflows),
			response: {
				200: {
					description: 'The task has finished within the time of `Prefer: wait`.',
					headers: ACCEPTED_HEADERS,
					content: { 'application/json': { schema: TaskResource } },
				},
				202: {
					description: 'The task has been accepted.',
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
			const { principal, body, headers, basePath } = request;
			const { traceparent } = headers;
			const idempotencyKey = parseIdempotencyKey(headers['idempotency-key']);
			const { workflows, findUrlFault, now } = route;
			if (body.webhook !== undefined) await requireAllowedWebhook(findUrlFault, body.webhook, ['webhook']);
			const outcome = await createOrThrow(
				route.createTask,
				(allowance) => setRateLimitHeaders(reply, allowance),
				newTask(body, { principal, traceparent, idempotencyKey, workflows, nowMs: now() }),
			);
			if (outcome.kind === 'replayed') reply.header('idempotency-replayed', 'true');
			const seconds = preferredWaitSeconds(headers.prefer);
			const task =
				seconds === undefined ? outcome.task : await waitForEnd(route, request, outcome.task, seconds);
			if (seconds !== undefined) reply.header('preference-applied', `wait=${seconds}`);
			return reply
				.code(seconds !== undefined && isTerminal(task.status) ? 200 : 202)
				.header('location', taskPath(basePath, task.taskId))
				.send(await prepareTaskResponse(request, reply, task, route));
		},
	});
}

async function waitForEnd(
	{ waitForTask, signalOf }: CreateTaskRoute,
	request: FastifyRequest,
	task: Task,
	seconds: number,
): Promise<Task> {
	const isDone = ({ status }: Task) => isTerminal(status);
	const waited = await waitForTask(task, { ms: seconds * 1000, isDone, signal: signalOf(request) });
	return waited.kind === 'found' ? waited.task : task;
}

/**
 * Creates a task, and shows the client its limit.
 * @throws {@link ProblemError} if the task was rejected, or if it is unknown whether it was accepted.
 */
export async function createOrThrow(
	createTask: CreateTaskRoute['createTask'],
	showAllowance: (allowance: Allowance | undefined) => void,
	request: NewTask,
): Promise<Extract<CreateTaskOutcome, { task: unknown }>> {
	const outcome = await createTask(request);
	showAllowance(outcome.allowance);
	if (!('task' in outcome)) throw rejectionProblem(outcome);
	return outcome;
}

/** Returns the problem of a task that was not accepted. */
export function rejectionProblem(outcome: Exclude<CreateTaskOutcome, { task: unknown }>): ProblemError {
	switch (outcome.kind) {
		case 'conflict':
			return new ProblemError(
				'idempotency-key-reused',
				'The idempotency key was used for a different request. Nothing was changed.',
			);
		case 'reservedMember':
			return new ProblemError('validation', 'The data contains a reserved member name.', {
				faults: [
					{ loc: ['body', 'data', ...outcome.path], type: 'value_error', msg: 'Member name is reserved' },
				],
			});
		case 'tooLarge':
			return new ProblemError('payload-too-large', '`data` exceeds 200 KiB of JSON.');
		case 'tooLargeToDelay':
			return new ProblemError('validation', 'The start is too far ahead for data of this size.', {
				faults: [
					{
						loc: ['body', 'run_at'],
						type: 'value_error',
						msg: 'Must be at most 20 days ahead for data above 200 KiB',
					},
				],
			});
		case 'unknownWebhook':
			return new ProblemError('validation', 'No enabled webhook has this id.', {
				faults: [
					{
						loc: ['body', 'webhook', 'webhook_id'],
						type: 'value_error',
						msg: 'No enabled webhook has this id',
					},
				],
			});
		case 'callbackKeyInUse':
			return new ProblemError(
				'conflict',
				`Another open task waits for the callback key ${outcome.callbackKey}. Cancel it or wait until it ends.`,
			);
		case 'rateLimited':
			return rateLimitProblem(outcome.retryAfterSeconds);
		case 'unconfirmed': {
			const { retryAfterSeconds } = outcome;
			return new ProblemError(
				'unavailable',
				`The task may have been accepted. Repeat the request with the same Idempotency-Key in ${retryAfterSeconds} s.`,
				{ retryAfterSeconds },
			);
		}
	}
}
