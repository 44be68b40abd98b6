import {
	type ExecutionStatus,
	firstCheckMs,
	isTerminal,
	type Task,
	type TaskError,
	type TaskIncarnation,
	type TaskStatus,
} from './task.ts';
import { isKeyed } from './task-id.ts';

/** What became of an execution. */
export interface ExecutionReport {
	readonly status: ExecutionStatus;
	readonly redriveCount: number;
	readonly startedAtMs: number;
	/** When this redrive began; absent before the first. */
	readonly redrivenAtMs?: number;
	/** Absent while it runs. */
	readonly stoppedAtMs?: number;
	readonly result?: unknown;
	readonly error?: TaskError;
	/** An end that we conclude, where Step Functions knows of no execution. What that says of an end counts for more. */
	readonly isInferred?: boolean;
}

/** The members of the row that a report decides, every one of them: an absent one is removed. */
export type MirroredStatus = Pick<
	Task,
	| 'status'
	| 'statusOrder'
	| 'redriveCount'
	| 'updatedAtMs'
	| 'startedAtMs'
	| 'checkAtMs'
	| 'finishedAtMs'
	| 'expiresAtSeconds'
	| 'result'
	| 'error'
>;

/** What a report removes where it sets nothing; `data` goes as soon as an execution has it. */
const CLEARED_BY_REPORT = [
	'finishedAtMs',
	'expiresAtSeconds',
	'result',
	'error',
	'data',
	'progress',
	'progressAtMs',
] as const;

/** What the end removes besides. A start does not: it may be told of when the task has got so far already. */
const CLEARED_BY_END = [...CLEARED_BY_REPORT, 'waitingFor', 'checkAtMs'] as const;

/** The members that a reset to PENDING removes: all that the earlier end, and a cancel before it, have left. */
export const CLEARED_BY_RESET = [
	'startedAtMs',
	'finishedAtMs',
	'expiresAtSeconds',
	'error',
	'cancelRequestedAtMs',
	'cancelRequestedRedrive',
] as const;

/** Returns the members that a report removes. An inferred end keeps `data`: a redrive starts the task with it. */
export function clearedMembers(mirrored: MirroredStatus): (typeof CLEARED_BY_END)[number][] {
	const cleared = isTerminal(mirrored.status) ? CLEARED_BY_END : CLEARED_BY_REPORT;
	const isInferred = mirrored.statusOrder === inferredEndOrder(mirrored.redriveCount);
	return cleared.filter((member) => !(member in mirrored) && !(isInferred && member === 'data'));
}

/**
 * Where a status stands: first by redrive, then PENDING 0 < RUNNING 1 < an inferred end 2 < an end 3, in one number.
 * Never by clock or arrival: status events come late, twice, and out of order.
 */
export function statusOrder(status: TaskStatus, redriveCount: number): number {
	return redriveCount * 4 + (isTerminal(status) ? 3 : status === 'RUNNING' ? 1 : 0);
}

/** Where a task stands that is pending for the first time, or again after a reset. */
export const PENDING_ORDER = statusOrder('PENDING', 0);

/** Where an inferred end stands: every row below it is of a task that has not ended. */
export function inferredEndOrder(redriveCount: number): number {
	return redriveCount * 4 + 2;
}

/** An idempotency key holds for a day from the task's creation, however soon the task ends. */
const KEYED_SECONDS = 24 * 60 * 60;

/** The row's members after a report, a function of it and of the task's name alone, so that the order of arrival cannot matter. */
export function mirroredStatus(
	task: TaskIncarnation,
	report: ExecutionReport,
	retentionSeconds: number,
): MirroredStatus {
	const { status, redriveCount, startedAtMs, isInferred = false } = report;
	const beganAtMs = report.redrivenAtMs ?? startedAtMs;
	const order = isInferred ? inferredEndOrder(redriveCount) : statusOrder(status, redriveCount);
	const always = { status, redriveCount, startedAtMs, statusOrder: order };
	if (!isTerminal(status)) {
		// A start leaves the row's check as it is, which saves the index a write; an end has taken it away.
		const check = redriveCount > 0 ? { checkAtMs: firstCheckMs(beganAtMs) } : {};
		return { ...always, ...check, updatedAtMs: beganAtMs };
	}
	const finishedAtMs = report.stoppedAtMs ?? beganAtMs;
	return {
		...always,
		...(isInferred ? { checkAtMs: firstCheckMs(finishedAtMs) } : {}),
		updatedAtMs: finishedAtMs,
		finishedAtMs,
		expiresAtSeconds: Math.max(
			Math.floor(finishedAtMs / 1000) + retentionSeconds,
			isKeyed(task.taskId) ? Math.ceil(task.createdAtMs / 1000) + KEYED_SECONDS : 0,
		),
		...(status === 'SUCCEEDED'
			? { result: report.result ?? null }
			: { error: report.error ?? unexplained(status) }),
	};
}

/** The one transition of a row: the row after the report, or undefined where it has nothing new to say. */
export function transition(task: Task, report: ExecutionReport, retentionSeconds: number): Task | undefined {
	const mirrored = mirroredStatus(task, report, retentionSeconds);
	if (mirrored.statusOrder <= task.statusOrder) return undefined;
	const next = { ...task, ...mirrored, revision: task.revision + 1 };
	for (const member of clearedMembers(mirrored)) delete next[member];
	return next;
}

function unexplained(status: ExecutionStatus): TaskError {
	return { code: status, message: 'The workflow gave no reason.' };
}
