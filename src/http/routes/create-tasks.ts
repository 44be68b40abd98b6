import type { FastifyRequest } from 'fastify';
import * as Type from 'typebox';
import type { Allowance } from '../../tasks/acceptance-limit.ts';
import type { CreateTaskOutcome, NewTask } from '../../tasks/create-task.ts';
import type { Log } from '../../tasks/log.ts';
import { pathOf } from '../plugins/address.ts';
import { toProblem } from '../plugins/errors.ts';
import { Problem, ProblemError, problemBody, problemResponses } from '../problems/problem.ts';
import { PROBLEMS } from '../problems/problem-catalogue.ts';
import { faultsByTask } from '../problems/validation-faults.ts';
import { RATE_LIMIT_HEADERS, setRateLimitHeaders } from '../requests/rate-limit.ts';
import { IDEMPOTENCY_KEY_PATTERN, parseIdempotencyKey } from '../requests/request-headers.ts';
import { batchedTaskSchema, type NewTaskBody, newTask } from '../tasks/new-task.ts';
import { TaskResource } from '../tasks/task-resource.ts';
import { presentTaskTo, type TaskPresentation } from '../tasks/task-response.ts';
import type { App } from '../typed-app.ts';
import { type FindUrlFault, requireAllowedWebhook } from '../webhooks/webhook-members.ts';
import { createOrThrow } from './create-task.ts';

/** Dependencies of the route. */
export interface CreateTasksRoute extends TaskPresentation {
	readonly createTask: (request: NewTask) => Promise<CreateTaskOutcome>;
	readonly findUrlFault: FindUrlFault;
	readonly log: Log;
}

const Result = Type.Object(
	{
		status: Type.Integer({ description: 'Status code of the task: 202, or that of its problem.' }),
		task: Type.Optional(TaskResource),
		replayed: Type.Optional(
			Type.Boolean({ description: '`true` if an earlier request with the same key created the task.' }),
		),
		problem: Type.Optional(Problem),
		retry_after_seconds: Type.Optional(
			Type.Integer({
				minimum: 1,
				description: 'Present with status 429 and 503: when to send the task again.',
			}),
		),
	},
	{ additionalProperties: false },
);

type Result = Type.Static<typeof Result>;

type BatchedTask = NewTaskBody & { readonly idempotency_key?: string };

/** Registers `POST /v1/tasks/batch`. */
export function registerCreateTasks(app: App, route: CreateTasksRoute): void {
	const { workflows } = route;
	const batched = batchedTaskSchema(workflows, {
		idempotency_key: Type.Optional(
			Type.String({
				pattern: IDEMPOTENCY_KEY_PATTERN,
				description: 'Idempotency key of this task. Takes precedence over the header.',
			}),
		),
	});
	app.route({
		method: 'POST',
		url: '/v1/tasks/batch',
		config: { access: 'tasks:write' },
		attachValidation: true,
		schema: {
			operationId: 'createTasks',
			summary: 'Create up to 100 tasks',
			description: 'Each task is accepted or rejected on its own. The results are in the order of the tasks.',
			tags: ['tasks'],
			headers: Type.Object({
				'idempotency-key': Type.Optional(
					Type.String({
						description:
							'Makes retries of the whole batch safe: the same key and task at the same position return the same task for at least 24 hours.',
						examples: ['"import-2026-11-28"'],
					}),
				),
				traceparent: Type.Optional(Type.String({ description: 'W3C trace context.' })),
			}),
			body: Type.Object(
				{ tasks: Type.Array(batched, { minItems: 1, maxItems: 100 }) },
				{ additionalProperties: false },
			),
			response: {
				200: {
					description: 'One result for each task.',
					headers: RATE_LIMIT_HEADERS,
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
		async handler(request, reply) {
			const faults = faultsByTask(request.validationError);
			const batchKey = parseIdempotencyKey(request.headers['idempotency-key']);
			const allowances: Allowance[] = [];
			/** Tasks with the same key are created in sequence, so that the first one decides. */
			const previousByKey = new Map<string, Promise<Result>>();
			const results = request.body.tasks.map(async (task, index) => {
				const taskFaults = faults.get(index);
				if (taskFaults !== undefined)
					return rejected(
						new ProblemError('validation', 'The task does not match its schema.', { faults: taskFaults }),
						request,
					);
				const key = task.idempotency_key ?? derivedKey(batchKey, index);
				const previous = key === undefined ? undefined : previousByKey.get(key);
				const result = Promise.resolve(previous).then(() =>
					createOne(route, request, { task, key, allowances }),
				);
				if (key !== undefined) previousByKey.set(key, result);
				return result;
			});
			const body = { results: await Promise.all(results) };
			// The tasks of a batch are counted one by one, in any order.
			setRateLimitHeaders(reply, allowances.toSorted((a, b) => a.remaining - b.remaining)[0]);
			return body;
		},
	});
}

/** A client's key has no space, so a derived key equals none of them. */
function derivedKey(batchKey: string | undefined, index: number): string | undefined {
	return batchKey === undefined ? undefined : `${batchKey} ${index}`;
}

interface BatchItem {
	readonly task: BatchedTask;
	readonly key: string | undefined;
	/** Receives the principal's limit after the task was counted. */
	readonly allowances: Allowance[];
}

async function createOne(
	route: CreateTasksRoute,
	request: FastifyRequest,
	{ task, key: idempotencyKey, allowances }: BatchItem,
): Promise<Result> {
	const { principal, headers } = request;
	const traceparent = typeof headers['traceparent'] === 'string' ? headers['traceparent'] : undefined;
	const { workflows, now } = route;
	try {
		if (task.webhook !== undefined)
			await requireAllowedWebhook(route.findUrlFault, task.webhook, ['webhook']);
		const created = await createOrThrow(
			route.createTask,
			(allowance) => allowance !== undefined && allowances.push(allowance),
			newTask(task, { principal, traceparent, idempotencyKey, workflows, nowMs: now() }),
		);
		return {
			status: 202,
			task: await presentTaskTo(request, created.task, route),
			...(created.kind === 'replayed' ? { replayed: true } : {}),
		};
	} catch (error) {
		const problem = toProblem(error instanceof Error ? error : new Error(String(error)));
		if (PROBLEMS[problem.code].status >= 500) route.log.error('task of a batch failed', { error });
		return rejected(problem, request);
	}
}

function rejected(problem: ProblemError, request: FastifyRequest): Result {
	const { status, retryable } = PROBLEMS[problem.code];
	return {
		status,
		problem: problemBody(problem, pathOf(request)),
		...(retryable ? { retry_after_seconds: problem.options.retryAfterSeconds ?? 1 } : {}),
	};
}
