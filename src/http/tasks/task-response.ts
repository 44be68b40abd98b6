import { hash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { claimedKey } from '../../tasks/claim-check.ts';
import { isCancelRequested, isTerminal, type Task } from '../../tasks/task.ts';
import type { Workflow } from '../../workflows/define-workflow.ts';
import { ETAG_HEADER } from '../requests/request-headers.ts';
import { type TaskResource, taskPath, taskResource } from './task-resource.ts';

/** Dependencies of every route that returns a task. */
export interface TaskPresentation extends Presentation {
	/** Returns the token of the link by which a wait is approved. */
	readonly createApprovalToken: (task: Task, waitingFor: NonNullable<Task['waitingFor']>) => Promise<string>;
}

/** The task types and the clock that determine the representation of a task. */
interface Presentation {
	readonly workflows: Readonly<Record<string, Workflow>>;
	readonly now: () => number;
}

/** OpenAPI description of the headers of every response that is a task. */
export const TASK_HEADERS = {
	etag: ETAG_HEADER,
	'retry-after': {
		type: 'integer',
		minimum: 1,
		description: 'Seconds until the next poll. Absent once the task has finished.',
	},
} as const;

/** The members of a request that determine the URLs in its response. Without a host they are paths. */
type Address = Pick<FastifyRequest, 'basePath'> & Partial<Pick<FastifyRequest, 'headers' | 'host'>>;

/** Returns the token of the approval link of a waiting task, if the caller may see it. */
export async function approvalTokenOf(
	{ mayWrite }: Pick<FastifyRequest, 'mayWrite'>,
	task: Task,
	{ createApprovalToken }: Pick<TaskPresentation, 'createApprovalToken'>,
): Promise<string | undefined> {
	const { waitingFor } = task;
	return mayWrite && waitingFor !== undefined ? createApprovalToken(task, waitingFor) : undefined;
}

/** Sets the headers of a response that is a task, and returns its body. */
export async function prepareTaskResponse(
	request: Address & Pick<FastifyRequest, 'mayWrite'>,
	reply: FastifyReply,
	task: Task,
	presentation: TaskPresentation,
): Promise<TaskResource> {
	const { workflows, now } = presentation;
	const approvalToken = await approvalTokenOf(request, task, presentation);
	reply.header('etag', entityTag(task, approvalToken));
	if (!isTerminal(task.status)) {
		const { expectedSeconds = 1, steps } = workflows[task.type] ?? {};
		const expectation = { expectedSeconds, reportsProgress: steps?.reportsProgress === true };
		reply.header('retry-after', String(retryAfterSeconds(task, expectation, now())));
	}
	return presentTask(task, presentation, request, approvalToken);
}

/** Builds the representation of a task for the caller of a request. */
export async function presentTaskTo(
	request: Address & Pick<FastifyRequest, 'mayWrite'>,
	task: Task,
	presentation: TaskPresentation,
): Promise<TaskResource> {
	return presentTask(task, presentation, request, await approvalTokenOf(request, task, presentation));
}

/**
 * Builds the representation of a task. It contains no presigned URL, since these change while the ETag does not: a
 * result above 200 KiB is absent, and `links.result` leads to it.
 */
export function presentTask(
	task: Task,
	presentation: Presentation,
	address: Address,
	approvalToken?: string,
): TaskResource {
	const { basePath } = address;
	const { result, ...resource } = taskResource(task, presentation.now(), { basePath, approvalToken });
	if (result === undefined || claimedKey(result, task) !== undefined) return resource;
	return { ...resource, result: presentResult(task, presentation, address) };
}

/** Builds the result of a task. Instead of the object key, a member that is a file has the URL that redirects to it. */
export function presentResult(
	task: Task,
	{ workflows }: Presentation,
	{ basePath, headers = {}, host }: Address,
): unknown {
	const { resultFiles = [] } = workflows[task.type] ?? {};
	if (resultFiles.length === 0) return task.result;
	const protocol = headers['x-forwarded-proto'] ?? 'https';
	const origin = host === undefined ? '' : `${String(protocol)}://${host}`;
	const url = `${origin}${taskPath(basePath, task.taskId)}/result`;
	const result: Record<string, unknown> = { ...Object(task.result) };
	for (const member of resultFiles)
		if (typeof result[member] === 'string') result[member] = `${url}?file=${member}`;
	return result;
}

/**
 * Returns the ETag of a task. It is weak, since a compressed response has the same one. A body with an approval link differs
 * from the one that a reader gets, and changes with the key that signs the link.
 */
export function entityTag({ createdAtMs, revision }: Task, approvalToken?: string): string {
	const version = `${createdAtMs.toString(36)}-${revision}`;
	if (approvalToken === undefined) return `W/"${version}"`;
	return `W/"${version}-${hash('sha256', approvalToken, 'base64url').slice(0, 8)}"`;
}

const MIN_SECONDS = 1;
const MAX_SECONDS = 30;

/** A task that reports progress changes about once a second, and a cancelled one ends within a second or two. */
const MAX_SECONDS_UNTIL_CHANGE = 2;

/** An overdue task is polled again after this share of its delay. */
const OVERDUE_SHARE = 1 / 4;

/** The members of a workflow that determine `Retry-After`. */
export interface Expectation {
	readonly expectedSeconds: number;
	readonly reportsProgress: boolean;
}

/** The members of a task that determine `Retry-After`. */
type PolledMember =
	| 'createdAtMs'
	| 'runAtMs'
	| 'updatedAtMs'
	| 'redriveCount'
	| 'status'
	| 'progress'
	| 'cancelRequestedAtMs'
	| 'cancelRequestedRedrive';

/**
 * Computes `Retry-After`: the type's expected duration less the time since creation, the time of its start or redrive, 1 to 30 s. It is at most
 * 2 s from the start while progress is reported or to be expected, so that a client that obeys it sees the progress, and
 * after a cancel request.
 */
export function retryAfterSeconds(
	task: Pick<Task, PolledMember>,
	{ expectedSeconds, reportsProgress }: Expectation,
	nowMs: number,
): number {
	// A redrive writes the row, and so moves `updatedAtMs`.
	const sinceMs = task.redriveCount > 0 ? task.updatedAtMs : Math.max(task.createdAtMs, task.runAtMs ?? 0);
	const remainingSeconds = expectedSeconds - (nowMs - sinceMs) / 1000;
	const seconds = remainingSeconds > 0 ? remainingSeconds : -remainingSeconds * OVERDUE_SHARE;
	const hasProgress = task.status === 'RUNNING' && task.progress !== undefined;
	const showsProgress = hasProgress || (reportsProgress && remainingSeconds > 0 && sinceMs <= nowMs);
	const changesSoon = showsProgress || isCancelRequested(task);
	const maxSeconds = changesSoon ? MAX_SECONDS_UNTIL_CHANGE : MAX_SECONDS;
	return Math.min(maxSeconds, Math.max(MIN_SECONDS, Math.ceil(seconds)));
}
