import type { FastifyReply } from 'fastify';
import { claimedKey } from '../../tasks/claim-check.ts';
import { isTerminal, type Task } from '../../tasks/task.ts';
import type { Workflow } from '../../workflows/define-workflow.ts';
import { ETAG_HEADER } from '../requests/entity-tag.ts';
import { type TaskResource, taskResource } from './task-resource.ts';

export interface TaskPresentation {
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
export function prepareTaskResponse(
	reply: FastifyReply,
	task: Task,
	sending: TaskPresentation,
): Promise<TaskResource> {
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
	{ workflows, presign, now }: TaskPresentation,
): Promise<TaskResource> {
	const resource = taskResource(task, now());
	const { resultFiles = [] } = workflows[task.type] ?? {};
	const claimed = claimedKey(resource.result, task);
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

const MIN_SECONDS = 1;
const MAX_SECONDS = 30;

/** What takes longer than it usually does is asked for after a quarter of the time by which it is late. */
const OVERDUE_SHARE = 1 / 4;

/** Seconds until a poll is worth its cost: what the type usually takes, less what has passed, 1 to 30. */
export function retryAfterSeconds(
	task: Pick<Task, 'createdAtMs'>,
	expectedSeconds: number,
	nowMs: number,
): number {
	const leftSeconds = expectedSeconds - (nowMs - task.createdAtMs) / 1000;
	const seconds = leftSeconds > 0 ? leftSeconds : -leftSeconds * OVERDUE_SHARE;
	return Math.min(MAX_SECONDS, Math.max(MIN_SECONDS, Math.ceil(seconds)));
}

/** Changes with each write of the row. Weak, since a compressed answer has the same one. */
export function entityTag({ createdAtMs, revision }: Task): string {
	return `W/"${createdAtMs.toString(36)}-${revision}"`;
}
