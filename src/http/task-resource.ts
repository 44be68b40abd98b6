import { type Static, Type } from 'typebox';
import { Progress } from '../tasks/progress.ts';
import { TASK_STATUSES, type Task, TaskError } from '../tasks/task.ts';

const Time = Type.String({ format: 'date-time', examples: ['2026-11-20T09:30:00.000Z'] });

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
		progress: Type.Optional(Progress),
		result: Type.Optional(Type.Unknown()),
		error: Type.Optional(TaskError),
		links: Type.Object({ self: Type.String({ format: 'uri-reference' }) }, { additionalProperties: false }),
	},
	{ title: 'Task', additionalProperties: false },
);

export type TaskResource = Static<typeof TaskResource>;

export function taskPath(taskId: string): string {
	return `/v1/tasks/${taskId}`;
}

export function taskResource(task: Task): TaskResource {
	const { startedAtMs, finishedAtMs, expiresAtSeconds, progress, result, error } = task;
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
		...(progress === undefined || task.status !== 'RUNNING' ? {} : { progress }),
		...(result === undefined ? {} : { result }),
		...(error === undefined ? {} : { error }),
		links: { self: taskPath(task.taskId) },
	};
}

/** RFC 3339, UTC, with milliseconds. */
function time(epochMs: number): string {
	return new Date(epochMs).toISOString();
}
