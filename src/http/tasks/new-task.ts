import * as Type from 'typebox';
import type { NewTask } from '../../tasks/create-task.ts';
import { MAX_DELAY_SECONDS, type RequestedStart } from '../../tasks/scheduled-start.ts';
import type { Workflow } from '../../workflows/define-workflow.ts';
import { ProblemError } from '../problems/problem.ts';
import { parseTraceparent } from '../requests/request-headers.ts';
import { UUID_PATTERN, WEBHOOK_MEMBERS } from '../webhooks/webhook-members.ts';
import { Tags, TIME_PATTERN } from './task-resource.ts';

/** Body of a request that creates a task. */
export interface NewTaskBody {
	readonly type: string;
	readonly data: unknown;
	readonly tags?: Record<string, string>;
	readonly run_at?: string;
	readonly delay_seconds?: number;
	readonly webhook?: { readonly url: string } | { readonly webhook_id: string };
}

/** The webhook of one task. */
export const TaskWebhook = Type.Union(
	[
		Type.Object(
			{ url: WEBHOOK_MEMBERS.url },
			{
				title: 'TaskWebhookUrl',
				additionalProperties: false,
				description: 'A URL for this task alone. `GET /v1/webhook-secret` returns the secret that signs it.',
			},
		),
		Type.Object(
			{ webhook_id: Type.String({ pattern: UUID_PATTERN, format: 'uuid' }) },
			{
				title: 'TaskWebhookId',
				additionalProperties: false,
				description: 'A webhook of the caller, whatever `types` it has.',
			},
		),
	],
	{
		title: 'TaskWebhook',
		description: 'Receives the events of this task, in addition to the webhooks for its type.',
	},
);

/** The members of a new task that delay its start. */
const START_MEMBERS = {
	run_at: Type.Optional(
		Type.String({
			format: 'date-time',
			pattern: TIME_PATTERN,
			description:
				'Start the task at this time, at most one year ahead. A time in the past starts it at once. Excludes `delay_seconds`.',
			examples: ['2026-12-24T18:00:00Z'],
		}),
	),
	delay_seconds: Type.Optional(
		Type.Integer({
			minimum: 0,
			maximum: MAX_DELAY_SECONDS,
			description: 'Start the task this long after it was accepted. Excludes `run_at`.',
			examples: [900],
		}),
	),
};

/** Returns the name of a type's schema in the OpenAPI document: `process-channels` becomes `NewProcessChannelsTask`. */
export function newTaskSchemaTitle(type: string): string {
	return `New${pascalCase(type)}Task`;
}

/** Builds the schema of a new task: a union of the types, each with its own `data`. */
export function newTaskSchema(workflows: Readonly<Record<string, Workflow>>) {
	return Type.Unsafe<NewTaskBody>(unionOfTypes(workflows, newTaskSchemaTitle, START_MEMBERS));
}

/** Builds the schema of a task in a batch, which has its own idempotency key. */
export function batchedTaskSchema(
	workflows: Readonly<Record<string, Workflow>>,
	extraProperties: Record<'idempotency_key', Type.TProperties[string]>,
) {
	const title = (type: string) => `Batched${pascalCase(type)}Task`;
	return Type.Unsafe<NewTaskBody & { readonly idempotency_key?: string }>(
		unionOfTypes(workflows, title, { ...START_MEMBERS, ...extraProperties }),
	);
}

/** Builds the schema of the task that each run of a schedule creates: it starts at once. */
export function scheduledTaskSchema(workflows: Readonly<Record<string, Workflow>>) {
	const title = (type: string) => `Scheduled${pascalCase(type)}Task`;
	return Type.Unsafe<Omit<NewTaskBody, keyof typeof START_MEMBERS>>(unionOfTypes(workflows, title, {}));
}

function unionOfTypes(
	workflows: Readonly<Record<string, Workflow>>,
	titleOf: (type: string) => string,
	extraProperties: Type.TProperties,
) {
	return {
		type: 'object',
		discriminator: { propertyName: 'type' },
		oneOf: Object.entries(workflows).map(([type, { description, input }]) =>
			Type.Object(
				{
					type: Type.Literal(type),
					data: input,
					tags: Type.Optional(Tags),
					webhook: Type.Optional(TaskWebhook),
					...extraProperties,
				},
				{ title: titleOf(type), description, additionalProperties: false },
			),
		),
	};
}

function pascalCase(type: string): string {
	return type.replace(/(?:^|-)(.)/g, (_, letter: string) => letter.toUpperCase());
}

/** The parts of a request that creates a task, except its body. */
export interface NewTaskContext {
	readonly principal: string;
	readonly traceparent: string | undefined;
	readonly idempotencyKey: string | undefined;
	readonly workflows: Readonly<Record<string, Workflow>>;
	readonly nowMs: number;
}

/**
 * Converts a request to the domain's new task.
 * @throws {@link ProblemError} `validation` if the time of its start is invalid.
 */
export function newTask(body: NewTaskBody, context: NewTaskContext): NewTask {
	const { type, data, tags = {}, webhook } = body;
	const { principal, traceparent, idempotencyKey, workflows, nowMs } = context;
	const start = requestedStart(body, nowMs);
	return {
		principal,
		type,
		data,
		tags,
		...describeTask(workflows, type, data),
		...parseTraceparent(traceparent),
		...(idempotencyKey === undefined ? {} : { idempotencyKey }),
		...(start === undefined ? {} : { start }),
		...namedWebhook(webhook),
	};
}

/** Returns the member of a new task for the webhook of its request. */
export function namedWebhook(webhook: NewTaskBody['webhook']): Pick<NewTask, 'webhook'> {
	if (webhook === undefined) return {};
	return { webhook: 'url' in webhook ? webhook : { webhookId: webhook.webhook_id.toLowerCase() } };
}

/** Returns the members of a new task that its type and data determine. */
export function describeTask(
	workflows: Readonly<Record<string, Workflow>>,
	type: string,
	data: unknown,
): Pick<NewTask, 'callback' | 'largeData' | 'weight'> {
	const { callback, largeData = false, weightOf } = workflows[type] ?? {};
	const key = callback?.keyOf(data);
	return {
		largeData,
		...(weightOf === undefined ? {} : { weight: weightOf(data) }),
		...(callback === undefined || key === undefined
			? {}
			: { callback: { key, withinSeconds: callback.withinSeconds } }),
	};
}

/**
 * Returns the start that a body requests, or `undefined` for a start at once.
 * @throws {@link ProblemError} `validation` if both members are present, or if the time is more than a year ahead.
 */
function requestedStart(
	{ run_at, delay_seconds: delaySeconds }: NewTaskBody,
	nowMs: number,
): RequestedStart | undefined {
	if (run_at === undefined) return delaySeconds === undefined ? undefined : { delaySeconds };
	if (delaySeconds !== undefined) throw startProblem('Give either run_at or delay_seconds');
	const runAtMs = Date.parse(run_at);
	if (runAtMs - nowMs > MAX_DELAY_SECONDS * 1000) throw startProblem('Must be at most one year ahead');
	return { runAtMs };
}

function startProblem(msg: string): ProblemError {
	return new ProblemError('validation', 'The time of the start is invalid.', {
		faults: [{ loc: ['body', 'run_at'], type: 'value_error', msg }],
	});
}
