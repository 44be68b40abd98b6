import { cancelledReport, DEFAULT_CANCEL_REASON } from '../tasks/cancel-task.ts';
import type { Log } from '../tasks/log.ts';
import {
	isScheduled,
	isStartExcluded,
	pendingCheckMs,
	pendingSinceMs,
	sendStartMessage,
} from '../tasks/scheduled-start.ts';
import { ServiceUnavailableError } from '../tasks/service-unavailable.ts';
import { isCancelRequested, isTerminal, type Task, type TaskKey } from '../tasks/task.ts';
import type { TaskPublisher } from '../tasks/task-message.ts';
import type { DueTask, TaskStore } from '../tasks/task-store.ts';
import {
	type DeclaredEnds,
	type ExecutionSnapshot,
	executionReport,
	missingExecutionReport,
} from './execution-client.ts';
import type { ApplyReport } from './mirror.ts';

/** CloudWatch metric: tasks of a run that neither started nor ended in time and could not be repaired. */
export const STUCK_TASKS_METRIC = 'StuckTasks';

/** CloudWatch metric, in seconds: how long the most overdue task has waited for its check. */
export const RECONCILE_LAG_METRIC = 'ReconcileLagSeconds';

/** CloudWatch metric: shards of the index of open tasks that a run could not read, so their tasks were not checked. */
export const UNREAD_SHARDS_METRIC = 'UnreadIndexShards';

/** The ports of the reconciler. */
export interface ReconcilerDependencies {
	readonly store: Pick<TaskStore, 'findDueTasks' | 'get' | 'scheduleCheck' | 'cancelCheck'>;
	readonly publisher: TaskPublisher;
	readonly describe: (task: Task) => Promise<ExecutionSnapshot | undefined>;
	readonly applyReport: ApplyReport;
	/** Returns the ends that a task type declares. */
	readonly declaredEnds: (type: string) => DeclaredEnds;
	/** The capacity of a run; deployed, {@link MAX_TASKS_PER_RUN}. */
	readonly maxTasksPerRun: number;
	/** A task that Step Functions still does not know this long after its acceptance or redrive fails. */
	readonly startDeadlineMs: number;
	readonly now: () => number;
	readonly sleep: (ms: number) => Promise<void>;
	/** Receives the number of tasks of a run that could not be repaired. */
	readonly recordStuckTasks: (tasks: number) => void;
	/** Receives how long the most overdue task has waited for its check, in seconds; 0 if none is due. */
	readonly recordLagSeconds: (seconds: number) => void;
	/** Receives the number of shards of the index that a run could not read. */
	readonly recordUnreadShards: (shards: number) => void;
	readonly log: Log;
}

/**
 * A run makes at most one DescribeExecution per task. Its bucket holds 300 calls by default, refilled at 15 per second in
 * the large regions; a run that meets throttling slows down, and the tasks it does not reach stay due for the next run.
 */
const MAX_DESCRIBES_PER_SECOND = 50;

/** The pace below which throttling does not slow a run. */
const MIN_DESCRIBES_PER_SECOND = 5;

/**
 * The tasks of one run, a minute's work at full pace. Such a run costs at most 16 queries, 2,000 consistent reads of a
 * row and 2,000 updates that move the row in the `open` index (three write units each): about half a cent.
 */
export const MAX_TASKS_PER_RUN = 2000;

/** A run takes no further tasks after this time, so it ends well before its timeout of 55 seconds. */
const MAX_RUN_MS = 45_000;

/** Time without a start or an end after which a task counts as stuck, which raises an alarm. */
const STUCK_AFTER_MS = 5 * 60_000;

const MIN_CHECK_INTERVAL_MS = 60_000;
const MAX_CHECK_INTERVAL_MS = 15 * 60_000;

/**
 * Returns the time of a task's next check: the older a task, the less often. A pending task is retried more often than a
 * running one, so that it starts soon after an outage. A requested cancel is checked every minute.
 */
export function nextCheckMs(task: Task, nowMs: number): number {
	if (isCancelRequested(task)) return nowMs + MIN_CHECK_INTERVAL_MS;
	const intervalMs =
		task.status === 'PENDING' ? (nowMs - pendingSinceMs(task)) / 8 : (nowMs - startedMs(task)) / 2;
	const boundedMs = Math.min(MAX_CHECK_INTERVAL_MS, Math.max(MIN_CHECK_INTERVAL_MS, intervalMs));
	return nowMs + Math.floor(boundedMs);
}

/**
 * Selects the tasks of one run by turns: the most overdue task of each principal first, then the second of each, and so
 * on. However many tasks one principal has, it delays another's first task by less than one run.
 */
export function selectFairly(due: readonly DueTask[], limit: number): readonly DueTask[] {
	const turns = new Map<string, number>();
	return due
		.toSorted((a, b) => a.checkAtMs - b.checkAtMs)
		.map((task) => {
			const turn = turns.get(task.principal) ?? 0;
			turns.set(task.principal, turn + 1);
			return { task, turn };
		})
		.toSorted((a, b) => a.turn - b.turn)
		.slice(0, limit)
		.map(({ task }) => task);
}

type CheckOutcome = 'repaired' | 'open' | 'stuck' | 'unavailable';

/**
 * Creates one run of the reconciler, which repairs open tasks without news: it publishes a task that never started again,
 * mirrors the execution of any other, and confirms inferred ends. Concurrent runs are harmless.
 */
export function createReconciler(dependencies: ReconcilerDependencies): () => Promise<void> {
	const { store, maxTasksPerRun, now, sleep, recordStuckTasks, recordLagSeconds, recordUnreadShards, log } =
		dependencies;
	return async () => {
		const startedAtMs = now();
		const { tasks: due, errors } = await store.findDueTasks(startedAtMs);
		for (const error of errors) log.error('part of the due tasks not read', { error });
		recordUnreadShards(errors.length);
		const tasks = selectFairly(due, maxTasksPerRun);
		const oldestMs = due.reduce((oldest, { checkAtMs }) => Math.min(oldest, checkAtMs), startedAtMs);
		recordLagSeconds((startedAtMs - oldestMs) / 1000);
		const outcomes: CheckOutcome[] = [];
		let pace = MAX_DESCRIBES_PER_SECOND;
		while (outcomes.length < tasks.length && now() - startedAtMs < MAX_RUN_MS) {
			const secondStartedAtMs = now();
			const batch = tasks.slice(outcomes.length, outcomes.length + pace);
			const checked = await Promise.all(batch.map((task) => checkTask(dependencies, task)));
			outcomes.push(...checked);
			pace = checked.includes('unavailable')
				? Math.max(MIN_DESCRIBES_PER_SECOND, Math.floor(pace / 2))
				: Math.min(MAX_DESCRIBES_PER_SECOND, pace + MIN_DESCRIBES_PER_SECOND);
			if (outcomes.length < tasks.length) await sleep(Math.max(0, secondStartedAtMs + 1000 - now()));
		}
		const stuck = outcomes.filter((outcome) => outcome === 'stuck' || outcome === 'unavailable').length;
		recordStuckTasks(stuck);
		if (due.length > 0) log.info('tasks reconciled', { due: due.length, checked: outcomes.length, stuck });
	};
}

/** Isolates the tasks of a run: an unreadable row or a throttled call fails this task alone. */
async function checkTask(dependencies: ReconcilerDependencies, key: TaskKey): Promise<CheckOutcome> {
	try {
		return await reconcileTask(dependencies, key);
	} catch (error) {
		dependencies.log.error('task not reconciled', { task_id: key.taskId, error });
		return error instanceof ServiceUnavailableError ? 'unavailable' : 'stuck';
	}
}

async function reconcileTask(dependencies: ReconcilerDependencies, key: TaskKey): Promise<CheckOutcome> {
	const { store, publisher, describe, applyReport, declaredEnds, startDeadlineMs, now, log } = dependencies;
	const task = await store.get(key);
	if (task?.checkAtMs === undefined) return 'repaired';
	// Comes first, so that a task whose check fails does not precede all others in every run.
	const checkAtMs = nextCheckMs(task, now());
	await store.scheduleCheck(task, checkAtMs);
	if (isScheduled(task, now())) return checkScheduledTask(dependencies, task);
	const snapshot = await describe(task);
	if (snapshot !== undefined)
		await applyReport(task, executionReport(task, snapshot, declaredEnds(task.type)));
	if (isTerminal(task.status)) {
		if (snapshot === undefined || isTerminal(snapshot.status))
			await store.cancelCheck({ ...task, checkAtMs });
		return 'repaired';
	}
	if (snapshot !== undefined) return 'open';
	const waitedMs = now() - (task.status === 'PENDING' ? pendingSinceMs(task) : startedMs(task));
	if (waitedMs >= startDeadlineMs) {
		log.error('gave up a task that Step Functions does not know', { task_id: task.taskId, type: task.type });
		await applyReport(task, missingExecutionReport(task, now()));
		return 'stuck';
	}
	if (task.status === 'PENDING') {
		await sendStartMessage(publisher, task, now());
		log.warn('task published again', { task_id: task.taskId, type: task.type });
	}
	return waitedMs > STUCK_AFTER_MS ? 'stuck' : 'open';
}

/** Ends a task that was cancelled before its time, or sends its start message once that is due. */
async function checkScheduledTask(
	{ store, publisher, applyReport, now }: ReconcilerDependencies,
	task: Task,
): Promise<CheckOutcome> {
	if (isCancelRequested(task)) {
		if (isStartExcluded(task, now()))
			await applyReport(task, cancelledReport(task, DEFAULT_CANCEL_REASON, now()));
		return 'repaired';
	}
	await sendStartMessage(publisher, task, now());
	await store.scheduleCheck(task, pendingCheckMs(task, now()));
	return 'open';
}

/** Returns the time since which a started task runs. */
function startedMs({ startedAtMs, createdAtMs }: Task): number {
	return startedAtMs ?? createdAtMs;
}
