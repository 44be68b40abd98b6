import type { Log } from '../tasks/log.ts';
import { isTerminal, type Task } from '../tasks/task.ts';
import { taskMessage } from '../tasks/task-message.ts';
import type { TaskPublisher } from '../tasks/task-publisher.ts';
import type { TaskStore } from '../tasks/task-store.ts';
import type { ApplyReport } from './apply-report.ts';
import type { ExecutionSnapshot } from './execution-client.ts';
import { executionReport } from './execution-report.ts';

export interface ReconcilerDependencies {
	readonly store: Pick<TaskStore, 'findDueTasks' | 'get' | 'scheduleCheck' | 'cancelCheck'>;
	readonly publisher: TaskPublisher;
	readonly describe: (task: Task) => Promise<ExecutionSnapshot | undefined>;
	readonly applyReport: ApplyReport;
	readonly now: () => number;
	readonly sleep: (ms: number) => Promise<void>;
	/** Told how many tasks have not begun though they should have long since. */
	readonly countStuck: (tasks: number) => void;
	readonly log: Log;
}

/** Step Functions is asked at most this often in a second, so that the reconciler leaves its quota to others. */
const A_SECOND = 10;

/** What is due beyond this waits for the next run, a minute later; a run ends well before that. */
const MOST_A_RUN = 400;

/** A task that has waited so long for its start is stuck, and somebody should look. */
const STUCK_MS = 5 * 60_000;

const SOONEST_MS = 60_000;
const LATEST_MS = 6 * 3_600_000;

/** When a task is looked at again: seldom where it has been open for long. */
export function nextCheckMs({ createdAtMs }: Pick<Task, 'createdAtMs'>, nowMs: number): number {
	const halfItsAgeMs = Math.floor((nowMs - createdAtMs) / 2);
	return nowMs + Math.min(LATEST_MS, Math.max(SOONEST_MS, halfItsAgeMs));
}

/**
 * Looks after open tasks that have gone quiet: publishes again what never started, and asks Step Functions about the others,
 * also about those whose end may not be the last word.
 * A run costs 8 queries of at most 50 keys and at most 400 reads, however many tasks are open. Two at once do no harm.
 */
export function createReconciler(dependencies: ReconcilerDependencies) {
	const { store, now, sleep, countStuck, log } = dependencies;
	return async (): Promise<void> => {
		const due = await store.findDueTasks(now(), MOST_A_RUN);
		let stuck = 0;
		for (let first = 0; first < due.length; first += A_SECOND) {
			if (first > 0) await sleep(1000);
			const outcomes = await Promise.all(
				due.slice(first, first + A_SECOND).map(async (key) => {
					const task = await store.get(key);
					if (task?.checkAtMs === undefined) return 'settled';
					try {
						return await look(dependencies, task);
					} catch (error) {
						log.error('task not reconciled', { task_id: task.taskId, error });
						return 'stuck';
					}
				}),
			);
			stuck += outcomes.filter((outcome) => outcome === 'stuck').length;
		}
		countStuck(stuck);
		if (due.length > 0) log.info('tasks reconciled', { looked_at: due.length, stuck });
	};
}

async function look(
	{ store, publisher, describe, applyReport, now, log }: ReconcilerDependencies,
	task: Task,
): Promise<'settled' | 'open' | 'stuck'> {
	// First, so that a task that cannot be looked at does not stand before all the others each time.
	const checkAtMs = nextCheckMs(task, now());
	await store.scheduleCheck(task, checkAtMs);
	const snapshot = await describe(task);
	if (snapshot !== undefined) await applyReport(task, executionReport(snapshot));
	if (isTerminal(task.status)) {
		if (snapshot === undefined || isTerminal(snapshot.status))
			await store.cancelCheck({ ...task, checkAtMs });
		return 'settled';
	}
	if (snapshot !== undefined) return 'open';
	if (task.status === 'PENDING') {
		await publisher.publish(taskMessage(task), task.traceparent);
		log.warn('task published again', { task_id: task.taskId, type: task.type });
	}
	return now() - task.createdAtMs > STUCK_MS ? 'stuck' : 'open';
}
