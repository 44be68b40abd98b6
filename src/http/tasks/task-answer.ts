import type { FastifyReply } from 'fastify';
import { claimedKey } from '../../tasks/claim-check.ts';
import { isTerminal, type Task } from '../../tasks/task.ts';
import type { Workflow } from '../../workflows/define-workflow.ts';
import { ETAG_HEADER, entityTag } from './entity-tag.ts';
import { retryAfterSeconds } from './retry-after.ts';
import { type TaskResource, taskResource } from './task-resource.ts';

export interface TaskSending {
	readonly workflows: Readonly<Record<string, Workflow>>;
	/** A URL by which the client can read an object of the output bucket, for 15 minutes. */
	readonly presign: (objectKey: string) => Promise<string>;
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
export function taskAnswer(reply: FastifyReply, task: Task, sending: TaskSending): Promise<TaskResource> {
	const { workflows, now } = sending;
	reply.header('etag', entityTag(task));
	if (!isTerminal(task.status)) {
		const expectedSeconds = workflows[task.type]?.expectedSeconds ?? 1;
		reply.header('retry-after', String(retryAfterSeconds(task, expectedSeconds, now())));
	}
	return presentTask(task, sending);
}

/** The task as clients see it: where its result names objects, they get URLs that are good from now on. */
export async function presentTask(
	task: Task,
	{ workflows, presign, now }: TaskSending,
): Promise<TaskResource> {
	const resource = taskResource(task, now());
	const { resultFiles = [] } = workflows[task.type] ?? {};
	const claimed = claimedKey(resource.result);
	if (claimed !== undefined) {
		const { result: _, ...rest } = resource;
		return { ...rest, result_url: await presign(claimed) };
	}
	if (resource.result === undefined || resultFiles.length === 0) return resource;
	const result: Record<string, unknown> = { ...Object(resource.result) };
	for (const member of resultFiles) {
		const objectKey = result[member];
		if (typeof objectKey === 'string') result[member] = await presign(objectKey);
	}
	return { ...resource, result };
}
