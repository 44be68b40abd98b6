import fc from 'fast-check';
import { test } from 'tap';
import {
	isMessageDue,
	isScheduled,
	isStartExcluded,
	MAX_DELAY_SECONDS,
	pendingCheckMs,
	pendingSinceMs,
	sendStartMessage,
	startTimeMs,
} from '../../src/tasks/scheduled-start.ts';
import { type TaskMessage, taskMessage } from '../../src/tasks/task-message.ts';
import { exampleTask } from '../support/example-task.ts';

const NOW_MS = exampleTask().createdAtMs;
const MINUTE = 60_000;

test('a start is a time, or a delay after the acceptance; one that has passed is a start at once', (t) => {
	t.equal(startTimeMs(undefined, NOW_MS), undefined);
	t.equal(startTimeMs({ delaySeconds: 90 }, NOW_MS), NOW_MS + 90_000);
	t.equal(startTimeMs({ delaySeconds: 0 }, NOW_MS), undefined);
	t.equal(startTimeMs({ runAtMs: NOW_MS + 1 }, NOW_MS), NOW_MS + 1);
	t.equal(startTimeMs({ runAtMs: NOW_MS }, NOW_MS), undefined);
	t.equal(startTimeMs({ runAtMs: 0 }, NOW_MS), undefined);
	t.end();
});

test('a pending task is scheduled until its time, and its start is excluded until five seconds before', (t) => {
	const task = exampleTask({ runAtMs: NOW_MS + MINUTE });
	t.ok(isScheduled(task, NOW_MS + MINUTE - 1));
	t.notOk(isScheduled(task, NOW_MS + MINUTE));
	t.ok(isStartExcluded(task, NOW_MS + MINUTE - 5001));
	t.notOk(isStartExcluded(task, NOW_MS + MINUTE - 5000));
	t.notOk(isScheduled({ ...task, status: 'RUNNING' }, NOW_MS));
	t.notOk(isScheduled(exampleTask(), NOW_MS));
	t.equal(pendingSinceMs(task), NOW_MS + MINUTE);
	t.equal(pendingSinceMs({ ...task, updatedAtMs: NOW_MS + 2 * MINUTE }), NOW_MS + 2 * MINUTE);
	t.end();
});

test('a start message arrives in the second after the time of the start, within the limit of SQS', async (t) => {
	await fc.assert(
		fc.asyncProperty(fc.integer({ min: 0, max: MAX_DELAY_SECONDS * 1000 }), async (aheadMs) => {
			const task = exampleTask({ runAtMs: NOW_MS + aheadMs });
			const sent: { message: TaskMessage; delaySeconds: number }[] = [];
			const publisher = {
				publish: async (message: TaskMessage, { delaySeconds }: { delaySeconds: number }) =>
					void sent.push({ message, delaySeconds }),
			};
			await sendStartMessage(publisher, task, NOW_MS);
			const checkInMs = pendingCheckMs(task, NOW_MS) - NOW_MS;
			if (sent.length === 0) {
				// The next check sends it, even if it is a minute late.
				t.ok(aheadMs > 15 * MINUTE && checkInMs > 0, `${aheadMs} ms ahead`);
				t.ok(isMessageDue(task, NOW_MS + checkInMs) && checkInMs + MINUTE < aheadMs);
				return;
			}
			const [{ message, delaySeconds } = { message: undefined, delaySeconds: -1 }] = sent;
			t.strictSame(message, taskMessage(task));
			t.ok(delaySeconds <= 900 && delaySeconds * 1000 >= aheadMs && delaySeconds * 1000 < aheadMs + 1000);
			t.equal(checkInMs, aheadMs + MINUTE, 'then it is checked whether it has started');
		}),
	);
});
