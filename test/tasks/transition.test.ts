import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { test } from 'tap';
import { EXECUTION_STATUSES, isTerminal, TASK_STATUSES, type Task } from '../../src/tasks/task.ts';
import {
	type ExecutionReport,
	inferredEndOrder,
	statusOrder,
	transition,
} from '../../src/tasks/transition.ts';
import { exampleTask } from '../support/example-task.ts';

const RETENTION_SECONDS = 3600;
const STARTED_AT_MS = Date.UTC(2026, 0, 1);

/** One true history of an execution: it runs, ends, and is redriven some times, each end but a last SUCCEEDED one. */
const history = fc
	.array(fc.constantFrom(...EXECUTION_STATUSES.filter((status) => status !== 'RUNNING')), {
		minLength: 1,
		maxLength: 4,
	})
	.map((ends) =>
		ends
			.filter((end, index) => end !== 'SUCCEEDED' || index === ends.length - 1)
			.flatMap((end, redriveCount): ExecutionReport[] => {
				const beganAtMs = STARTED_AT_MS + redriveCount * 60_000;
				const began = {
					redriveCount,
					startedAtMs: STARTED_AT_MS,
					...(redriveCount > 0 ? { redrivenAtMs: beganAtMs } : {}),
				};
				return [
					{ ...began, status: 'RUNNING' },
					{
						...began,
						status: end,
						stoppedAtMs: beganAtMs + 1000,
						...(end === 'SUCCEEDED'
							? { result: { redriveCount } }
							: { error: { code: end, message: 'why' } }),
					},
				];
			}),
	);

/** The reports that arrive: any of a history, any number of times, in any order. */
const arrivals = history.chain((reports) =>
	fc
		.array(fc.constantFrom(...reports), { minLength: 1, maxLength: 12 })
		.map((arrived) => ({ reports, arrived })),
);

const after = (reports: readonly ExecutionReport[], from: Task = exampleTask()) =>
	reports.reduce((task, report) => transition(task, report, RETENTION_SECONDS) ?? task, from);

const withoutRevision = (task: Task) => ({ ...task, revision: 0 });

test('the final row depends only on the set of reports that arrived', async () => {
	fc.assert(
		fc.property(arrivals, fc.infiniteStream(fc.nat()), ({ arrived }, keys) => {
			const once = [...new Set(arrived)];
			const shuffled = once
				.map((report) => ({ report, key: keys.next().value ?? 0 }))
				.toSorted((a, b) => a.key - b.key)
				.map(({ report }) => report);
			assert.deepEqual(withoutRevision(after(arrived)), withoutRevision(after(shuffled)));
		}),
	);
});

test('the final row equals the report of the highest order', async () => {
	fc.assert(
		fc.property(arrivals, ({ arrived }) => {
			const order = ({ status, redriveCount }: ExecutionReport) => statusOrder(status, redriveCount);
			const furthest = arrived.reduce((a, b) => (order(b) > order(a) ? b : a));
			const task = after(arrived);
			assert.deepEqual([task.status, task.redriveCount], [furthest.status, furthest.redriveCount]);
			assert.deepEqual(task.result, furthest.result);
			assert.deepEqual(task.error, furthest.error);
		}),
	);
});

test('a status never goes back, and each change raises the revision by one', async () => {
	fc.assert(
		fc.property(arrivals, ({ arrived }) => {
			let task = exampleTask();
			for (const report of arrived) {
				const next = transition(task, report, RETENTION_SECONDS);
				if (next === undefined) continue;
				assert.ok(next.statusOrder > task.statusOrder);
				assert.equal(next.revision, task.revision + 1);
				task = next;
			}
		}),
	);
});

test('only a terminal row expires, and no row keeps its data after the start', async () => {
	fc.assert(
		fc.property(arrivals, ({ arrived }) => {
			const task = after(arrived);
			assert.equal(task.expiresAtSeconds !== undefined, isTerminal(task.status));
			assert.equal(task.finishedAtMs !== undefined, isTerminal(task.status));
			assert.ok(!('data' in task));
		}),
	);
});

test('the retention begins when the execution stopped', async (t) => {
	const stoppedAtMs = STARTED_AT_MS + 1500;
	const report = {
		status: 'SUCCEEDED',
		redriveCount: 0,
		startedAtMs: STARTED_AT_MS,
		stoppedAtMs,
		result: 1,
	} as const;
	t.match(after([report]), {
		finishedAtMs: stoppedAtMs,
		updatedAtMs: stoppedAtMs,
		startedAtMs: STARTED_AT_MS,
		expiresAtSeconds: STARTED_AT_MS / 1000 + 1 + RETENTION_SECONDS,
	});
});

test('an end without a cause has an error', async (t) => {
	const report = {
		status: 'ABORTED',
		redriveCount: 0,
		startedAtMs: STARTED_AT_MS,
		stoppedAtMs: STARTED_AT_MS,
	} as const;
	t.match(after([report]).error, { code: 'ABORTED', message: String });
});

test('the order is PENDING, RUNNING, terminal, then a redrive', async (t) => {
	const orders = TASK_STATUSES.map((status) => statusOrder(status, 0));
	t.strictSame(orders, [0, 1, 3, 3, 3, 3]);
	t.ok(statusOrder('PENDING', 1) > Math.max(...orders));
	t.equal(inferredEndOrder(0), 2);
});
