import {
	type ExecutionStatus,
	firstCheckMs,
	isKeyed,
	isTerminal,
	type StoredError,
	type Task,
	type TaskError,
	type TaskIncarnation,
	type TaskStatus,
} from './task.ts';

/** The state of an execution, as Step Functions reports it or as we infer it. */
export interface ExecutionReport {
	readonly status: ExecutionStatus;
	readonly redriveCount: number;
	/** Absent if no execution was started. */
	readonly startedAtMs?: number;
	/** The start of this redrive; absent before the first. */
	readonly redrivenAtMs?: number;
	/** Absent while the execution runs. */
	readonly stoppedAtMs?: number;
	readonly result?: unknown;
	readonly error?: StoredError;
	/** Terminal status inferred by us, where no execution exists; any end from Step Functions overrides it. */
	readonly isInferred?: boolean;
}

/** The members of the row that a report determines; an absent one is removed. */
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

const CLEARED_BY_REPORT = [
	'finishedAtMs',
	'expiresAtSeconds',
	'result',
	'error',
	'progress',
	'progressAtMs',
] as const;

/** An end also removes these. A start does not, since its event may arrive after the task has begun to wait. */
const CLEARED_BY_END = [...CLEARED_BY_REPORT, 'waitingFor', 'checkAtMs'] as const;

/** The members that a reset to PENDING removes: those of the earlier end, and a cancel request before it. */
export const CLEARED_BY_RESET = [
	'startedAtMs',
	'finishedAtMs',
	'expiresAtSeconds',
	'error',
	'cancelRequestedAtMs',
	'cancelRequestedRedrive',
] as const;

type ClearedMember = (typeof CLEARED_BY_END)[number] | 'data';

/** Returns the members that a report removes from the row. */
export function clearedMembers(mirrored: MirroredStatus): ClearedMember[] {
	const cleared: readonly ClearedMember[] = isTerminal(mirrored.status) ? CLEARED_BY_END : CLEARED_BY_REPORT;
	// An execution has the data in its input. Without one, the row keeps it for a redrive that starts the execution.
	const all: readonly ClearedMember[] = isInferredEnd(mirrored) ? cleared : [...cleared, 'data'];
	return all.filter((member) => !(member in mirrored));
}

/**
 * Returns the rank of a status: first by redrive, then PENDING 0 < RUNNING 1 < inferred end 2 < end 3, as one number.
 * Clock and arrival do not count: status events arrive late, twice, and out of order.
 */
export function statusOrder(status: TaskStatus, redriveCount: number): number {
	return redriveCount * 4 + (isTerminal(status) ? 3 : status === 'RUNNING' ? 1 : 0);
}

/** The rank of a task that is pending for the first time, or again after a reset. */
export const PENDING_ORDER = statusOrder('PENDING', 0);

/** Returns the rank of an inferred end, which is above the rank of every open row. */
export function inferredEndOrder(redriveCount: number): number {
	return redriveCount * 4 + 2;
}

/** Whether the row has an end that we inferred, which any report of an execution's end overrides. */
export function isInferredEnd(task: Pick<Task, 'statusOrder' | 'redriveCount'>): boolean {
	return task.statusOrder === inferredEndOrder(task.redriveCount);
}

/** An idempotency key is valid for at least a day from the creation of its task. */
const MIN_KEYED_SECONDS = 24 * 60 * 60;

/** Computes the row's members from a report and the task's identity alone, so that the order of arrival is irrelevant. */
export function mirroredStatus(
	task: TaskIncarnation,
	report: ExecutionReport,
	retentionSeconds: number,
): MirroredStatus {
	const { status, redriveCount, startedAtMs, isInferred = false } = report;
	const beganAtMs = report.redrivenAtMs ?? startedAtMs ?? task.createdAtMs;
	const order = isInferred ? inferredEndOrder(redriveCount) : statusOrder(status, redriveCount);
	const always = {
		status,
		redriveCount,
		statusOrder: order,
		...(startedAtMs === undefined ? {} : { startedAtMs }),
	};
	if (!isTerminal(status)) {
		// A first start leaves the scheduled check alone, which saves a write of the index; a redrive schedules it anew.
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
			isKeyed(task.taskId) ? Math.ceil(task.createdAtMs / 1000) + MIN_KEYED_SECONDS : 0,
		),
		...(status === 'SUCCEEDED'
			? { result: report.result ?? null }
			: { error: report.error ?? unexplainedError(status) }),
	};
}

/** Returns the row after the report, or `undefined` if the row is as recent. All stores share this transition. */
export function transition(task: Task, report: ExecutionReport, retentionSeconds: number): Task | undefined {
	const mirrored = mirroredStatus(task, report, retentionSeconds);
	if (mirrored.statusOrder <= task.statusOrder) return undefined;
	const next = { ...task, ...mirrored, revision: task.revision + 1 };
	for (const member of clearedMembers(mirrored)) delete next[member];
	return next;
}

function unexplainedError(status: ExecutionStatus): TaskError {
	return { code: status, message: 'The workflow gave no reason.' };
}
