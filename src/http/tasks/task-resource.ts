import * as Type from 'typebox';
import { isRedrivable } from '../../tasks/redrive-task.ts';
import {
	isCancelRequested,
	isTerminal,
	Progress,
	TASK_STATUSES,
	type Task,
	TaskError,
} from '../../tasks/task.ts';
import { ProblemError } from '../problems/problem.ts';

export const Time = Type.String({ format: 'date-time', examples: ['2026-11-20T09:30:00.000Z'] });

const Link = Type.String({ format: 'uri-reference' });

/** `key: value` labels that a client puts on a task. */
export const Tags = Type.Record(Type.String(), Type.String({ maxLength: 64 }), {
	propertyNames: { pattern: '^[A-Za-z0-9_.-]{1,64}$' },
	maxProperties: 10,
	examples: [{ team: 'billing' }],
});

/** The task as clients see it. */
export const TaskResource = Type.Object(
	{
		task_id: Type.String({ format: 'uuid' }),
		type: Type.String(),
		status: Type.Enum([...TASK_STATUSES]),
		tags: Tags,
		created_at: Time,
		updated_at: Time,
		started_at: Type.Optional(Time),
		finished_at: Type.Optional(Time),
		expires_at: Type.Optional(Time),
		redrive_count: Type.Integer({ minimum: 0 }),
		cancel_requested_at: Type.Optional(Time),
		waiting_for: Type.Optional(
			Type.Object(
				{ callback_key: Type.String(), since: Time, expires_at: Time },
				{
					additionalProperties: false,
					description: 'The answer that the task waits for: `POST /v1/callbacks/{callback_key}`.',
				},
			),
		),
		progress: Type.Optional(Progress),
		result: Type.Optional(Type.Unknown()),
		result_url: Type.Optional(
			Type.String({
				format: 'uri',
				description: 'In the place of a `result` above 200 KiB: where it can be read for 15 minutes.',
			}),
		),
		error: Type.Optional(TaskError),
		links: Type.Object(
			{ self: Link, events: Link, cancel: Type.Optional(Link), redrive: Type.Optional(Link) },
			{ additionalProperties: false, description: 'What can be done with the task as it is now.' },
		),
	},
	{ title: 'Task', additionalProperties: false },
);

export type TaskResource = Type.Static<typeof TaskResource>;

export function taskPath(taskId: string): string {
	return `/v1/tasks/${taskId}`;
}

/** Step Functions forgets how to go on with an execution 14 days after its end. */
const REDRIVABLE_MS = 14 * 24 * 60 * 60 * 1000;

export function taskResource(task: Task, nowMs: number): TaskResource {
	const { startedAtMs, finishedAtMs, expiresAtSeconds, cancelRequestedAtMs, progress, result, error } = task;
	const self = taskPath(task.taskId);
	const canRedrive = isRedrivable(task) && nowMs - (finishedAtMs ?? nowMs) < REDRIVABLE_MS;
	return {
		task_id: task.taskId,
		type: task.type,
		status: task.status,
		tags: task.tags,
		created_at: time(task.createdAtMs),
		updated_at: time(task.updatedAtMs),
		...(startedAtMs === undefined ? {} : { started_at: time(startedAtMs) }),
		...(finishedAtMs === undefined ? {} : { finished_at: time(finishedAtMs) }),
		...(expiresAtSeconds === undefined ? {} : { expires_at: time(expiresAtSeconds * 1000) }),
		redrive_count: task.redriveCount,
		...(cancelRequestedAtMs !== undefined && isCancelRequested(task)
			? { cancel_requested_at: time(cancelRequestedAtMs) }
			: {}),
		...(task.waitingFor === undefined ? {} : { waiting_for: waitingForResource(task.waitingFor) }),
		...(progress === undefined || task.status !== 'RUNNING' ? {} : { progress }),
		...(result === undefined ? {} : { result }),
		...(error === undefined ? {} : { error }),
		links: {
			self,
			events: `${self}/events`,
			...(isTerminal(task.status) ? {} : { cancel: `${self}/cancel` }),
			...(canRedrive ? { redrive: `${self}/redrive` } : {}),
		},
	};
}

function waitingForResource({ callbackKey, sinceMs, expiresAtMs }: NonNullable<Task['waitingFor']>) {
	return { callback_key: callbackKey, since: time(sinceMs), expires_at: time(expiresAtMs) };
}

/** RFC 3339, UTC, with milliseconds. */
export function time(epochMs: number): string {
	return new Date(epochMs).toISOString();
}

/** The path of a task and of what belongs to it. */
export const TaskParams = Type.Object({
	task_id: Type.String({
		pattern: '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$',
		format: 'uuid',
		description: 'A task’s id, as its creation answered it.',
	}),
});

type Absent = { readonly kind: 'expired' } | { readonly kind: 'notFound' };

/** The task that was found. Throws the 404 or 410 where there is none, or none any more. */
export function requireTask(outcome: { readonly kind: 'found'; readonly task: Task } | Absent): Task {
	if (outcome.kind === 'found') return outcome.task;
	throw absentTaskProblem(outcome);
}

export function absentTaskProblem({ kind }: Absent): ProblemError {
	return kind === 'expired'
		? new ProblemError('gone', 'The task has expired.')
		: new ProblemError('not-found', 'There is no task of this id.');
}
