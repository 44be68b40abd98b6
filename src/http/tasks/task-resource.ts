import * as Type from 'typebox';
import { isRedrivable } from '../../tasks/redrive-task.ts';
import {
	isCancelRequested,
	isTerminal,
	Progress,
	TASK_STATUSES,
	type Task,
	TaskError,
	type TaskKey,
} from '../../tasks/task.ts';
import { ProblemError } from '../problems/problem.ts';

/** RFC 3339 in UTC with milliseconds. */
export const Time = Type.String({ format: 'date-time', examples: ['2026-11-20T09:30:00.000Z'] });

/** A complete RFC 3339 time: without minutes in its offset, `Date.parse` returns NaN. */
export const TIME_PATTERN =
	'^\\d{4}-\\d{2}-\\d{2}[Tt]\\d{2}:\\d{2}:[0-5]\\d(\\.\\d+)?([Zz]|[+-]\\d{2}:\\d{2})$';

const Link = Type.String({ format: 'uri-reference' });

/** Labels that a client attaches to a task. */
export const Tags = Type.Record(Type.String(), Type.String({ maxLength: 64 }), {
	propertyNames: { pattern: '^[A-Za-z0-9_.-]{1,64}$' },
	maxProperties: 10,
	examples: [{ team: 'billing' }],
});

/** A task in responses. */
export const TaskResource = Type.Object(
	{
		task_id: Type.String({ format: 'uuid' }),
		type: Type.String(),
		status: Type.Enum([...TASK_STATUSES]),
		tags: Tags,
		created_at: Time,
		run_at: Type.Optional(
			Type.String({ format: 'date-time', description: 'The time before which the task does not start.' }),
		),
		updated_at: Time,
		started_at: Type.Optional(Time),
		finished_at: Type.Optional(Time),
		expires_at: Type.Optional(Time),
		redrive_count: Type.Integer({ minimum: 0 }),
		cancel_requested_at: Type.Optional(Time),
		rerun_of: Type.Optional(
			Type.String({ format: 'uuid', description: '`task_id` of the task that this one repeats.' }),
		),
		waiting_for: Type.Optional(
			Type.Object(
				{
					callback_key: Type.String(),
					since: Time,
					expires_at: Time,
					approval_url: Type.Optional(
						Type.Unsafe<string>({
							...Link,
							description:
								'A page on which a person approves or rejects, once, until `expires_at`. Whoever has the URL may decide, so only callers with the scope `tasks:write` see it.',
						}),
					),
				},
				{
					additionalProperties: false,
					description: 'The callback that the task is waiting for: `POST /v1/callbacks/{callback_key}`.',
				},
			),
		),
		progress: Type.Optional(Progress),
		result: Type.Optional(Type.Unknown({ description: 'Absent above 200 KiB: `links.result` leads to it.' })),
		error: Type.Optional(TaskError),
		links: Type.Object(
			{
				self: Link,
				events: Link,
				cancel: Type.Optional(Link),
				redrive: Type.Optional(Link),
				rerun: Type.Optional(Link),
				result: Type.Optional(Link),
			},
			{
				additionalProperties: false,
				description: 'Operations that are possible for the task in its current status.',
			},
		),
	},
	{ title: 'Task', additionalProperties: false },
);

/** A task in responses, as its schema types it. */
export type TaskResource = Type.Static<typeof TaskResource>;

/** Returns the path of a task behind the base path of an API mapping. */
export function taskPath(basePath: string, taskId: string): string {
	return `${basePath}/v1/tasks/${taskId}`;
}

/** Step Functions can redrive an execution for 14 days after its end. */
const REDRIVABLE_MS = 14 * 24 * 60 * 60 * 1000;

/** The members of a response that depend on its request. */
export interface TaskLinks {
	/** The base path of the links. Default: none. */
	readonly basePath?: string;
	/** The token of the approval link, for callers that may see it. */
	readonly approvalToken?: string | undefined;
}

/** Builds the representation of a task. */
export function taskResource(
	task: Task,
	nowMs: number,
	{ basePath = '', approvalToken }: TaskLinks = {},
): TaskResource {
	const {
		runAtMs,
		startedAtMs,
		finishedAtMs,
		expiresAtSeconds,
		cancelRequestedAtMs,
		progress,
		result,
		error,
	} = task;
	const self = taskPath(basePath, task.taskId);
	const approvalUrl =
		approvalToken === undefined ? undefined : `${basePath}/v1/approvals?token=${approvalToken}`;
	const canRedrive = isRedrivable(task) && nowMs - (finishedAtMs ?? nowMs) < REDRIVABLE_MS;
	return {
		task_id: task.taskId,
		type: task.type,
		status: task.status,
		tags: task.tags,
		created_at: time(task.createdAtMs),
		...(runAtMs === undefined ? {} : { run_at: time(runAtMs) }),
		updated_at: time(task.updatedAtMs),
		...(startedAtMs === undefined ? {} : { started_at: time(startedAtMs) }),
		...(finishedAtMs === undefined ? {} : { finished_at: time(finishedAtMs) }),
		...(expiresAtSeconds === undefined ? {} : { expires_at: time(expiresAtSeconds * 1000) }),
		redrive_count: task.redriveCount,
		...(cancelRequestedAtMs !== undefined && isCancelRequested(task)
			? { cancel_requested_at: time(cancelRequestedAtMs) }
			: {}),
		...(task.rerunOf === undefined ? {} : { rerun_of: task.rerunOf }),
		...(task.waitingFor === undefined
			? {}
			: { waiting_for: waitingForResource(task.waitingFor, approvalUrl) }),
		...(progress === undefined || task.status !== 'RUNNING' ? {} : { progress }),
		...(result === undefined ? {} : { result }),
		...(error === undefined ? {} : { error: { code: error.code, message: error.message } }),
		links: {
			self,
			events: `${self}/events`,
			...(isTerminal(task.status) ? {} : { cancel: `${self}/cancel` }),
			...(canRedrive ? { redrive: `${self}/redrive` } : {}),
			...(isTerminal(task.status) ? { rerun: `${self}/rerun` } : {}),
			...(task.status === 'SUCCEEDED' ? { result: `${self}/result` } : {}),
		},
	};
}

function waitingForResource(
	{ callbackKey, sinceMs, expiresAtMs }: NonNullable<Task['waitingFor']>,
	approvalUrl: string | undefined,
) {
	return {
		callback_key: callbackKey,
		since: time(sinceMs),
		expires_at: time(expiresAtMs),
		...(approvalUrl === undefined ? {} : { approval_url: approvalUrl }),
	};
}

/** Formats a time as RFC 3339 in UTC with milliseconds. */
export function time(epochMs: number): string {
	return new Date(epochMs).toISOString();
}

/** Path parameters of every operation on one task. */
export const TaskParams = Type.Object({
	task_id: Type.String({
		pattern: '^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$',
		format: 'uuid',
		description: '`task_id` of the task. Upper case is accepted.',
	}),
});

/** Returns the key of the task in the path, for the caller. Ids are case-insensitive on input (RFC 9562, 4). */
export function taskKeyOf({
	principal,
	params,
}: {
	principal: string;
	params: { task_id: string };
}): TaskKey {
	return { principal, taskId: params.task_id.toLowerCase() };
}

type Absent = { readonly kind: 'expired' } | { readonly kind: 'notFound' };

/**
 * Returns the task that was found.
 * @throws {@link ProblemError} `not-found` or `gone`.
 */
export function requireTask(outcome: { readonly kind: 'found'; readonly task: Task } | Absent): Task {
	if (outcome.kind === 'found') return outcome.task;
	throw absentTaskProblem(outcome);
}

/** Builds the problem for a task that does not exist, belongs to another principal, or has expired. */
export function absentTaskProblem({ kind }: Absent): ProblemError {
	return kind === 'expired'
		? new ProblemError('gone', 'The task has expired.')
		: new ProblemError('not-found', 'No task has this id.');
}
