import type { FastifyReply } from 'fastify';
import { isTerminal, type Task } from '../tasks/task.ts';
import type { Workflow } from '../workflows/define-workflow.ts';
import { ETAG_HEADER, entityTag } from './entity-tag.ts';
import { retryAfterSeconds } from './retry-after.ts';
import { type TaskResource, taskResource } from './task-resource.ts';

export interface TaskSending {
	readonly workflows: Readonly<Record<string, Workflow>>;
	readonly now: () => number;
}

/** Headers of every answer that is a task, described for the OpenAPI. */
export const TASK_HEADERS = {
	etag: ETAG_HEADER,
	'retry-after': {
		type: 'integer',
		minimum: 1,
		description: 'Seconds until a poll is worth while; absent once the task has finished.',
	},
} as const;

/** The body of an answer that is a task, its headers set. */
export function taskAnswer(reply: FastifyReply, task: Task, { workflows, now }: TaskSending): TaskResource {
	reply.header('etag', entityTag(task));
	if (!isTerminal(task.status)) {
		const expectedSeconds = workflows[task.type]?.expectedSeconds ?? 1;
		reply.header('retry-after', String(retryAfterSeconds(task, expectedSeconds, now())));
	}
	return taskResource(task, now());
}
