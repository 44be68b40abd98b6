import * as Type from 'typebox';
import { createDeadLetterHandler } from '../../src/executions/dead-letters.ts';
import type {
	ExecutionClient,
	ExecutionSnapshot,
	StartOutcome,
} from '../../src/executions/execution-client.ts';
import { createApplyReport, createMirror } from '../../src/executions/mirror.ts';
import type { HandleMessage } from '../../src/executions/queue-message.ts';
import { createReconciler, MAX_TASKS_PER_RUN } from '../../src/executions/reconciler.ts';
import { createStarter } from '../../src/executions/starter.ts';
import { ServiceUnavailableError } from '../../src/tasks/service-unavailable.ts';
import type { Task } from '../../src/tasks/task.ts';
import type { TaskExecutions } from '../../src/tasks/task-executions.ts';
import {
	executionName,
	type TaskMessage,
	taskExecutionOf,
	taskMessage,
} from '../../src/tasks/task-message.ts';
import { exampleTask } from '../support/example-task.ts';
import { createMemoryTaskStore } from '../support/memory-task-store.ts';
import { createRecordingLog } from '../support/recording-log.ts';

/** The ends that the greetings of these tests declare. */
const declaredEnds = () => ({
	errors: { ValidationError: {}, RuntimeError: {} },
	/** Any value, except for an object with another `ok`. */
	result: Type.Unsafe({ properties: { ok: { type: 'boolean' } } }),
});

/** When the tasks of these tests are created. */
export const CREATED_MS = exampleTask().createdAtMs;

/** The prefix of the ARNs of their executions. */
export const EXECUTION_ARN_PREFIX = 'arn:aws:states:us-east-1:000000000000:execution:task-api-dev-greeting:';

/** Returns a pending task that is due one minute after its creation. */
export function pendingTask(index: number, members: Partial<Task> = {}): Task {
	return exampleTask({
		taskId: `01932f4e-6f00-7000-8000-${String(index).padStart(12, '0')}`,
		checkAtMs: CREATED_MS + 60_000,
		...members,
	});
}

/** Returns the input of a task's execution, which is also its start message. */
export function inputOf(task: Task): string {
	return JSON.stringify(taskMessage(task));
}

/** Returns the snapshot of an execution that succeeded. */
export function succeeded(task: Task, output = '{"ok":true}'): ExecutionSnapshot {
	return { ...running(task), status: 'SUCCEEDED', stoppedAtMs: CREATED_MS + 90, output };
}

/** Returns the snapshot of an execution that is running. */
export function running(task: Task): ExecutionSnapshot {
	return { status: 'RUNNING', input: inputOf(task), startedAtMs: CREATED_MS + 5, redriveCount: 0 };
}

/** The consumers and the reconciler over rows in memory, a Step Functions in a Map and a clock that tests move. */
export async function createWorld({ tasks = [pendingTask(1)] }: { tasks?: readonly Task[] } = {}) {
	let nowMs = CREATED_MS;
	const now = () => nowMs;
	const rows = createMemoryTaskStore({ retentionSeconds: 3600, now });
	for (const task of tasks) await rows.create(task);
	const { log, lines } = createRecordingLog();
	/** The executions that Step Functions knows, by name. */
	const known = new Map<string, ExecutionSnapshot>();
	const calls = { started: [] as string[], stopped: [] as string[], described: [] as string[] };
	const published: string[] = [];
	/** The delay of each published message, in seconds. */
	const delays: number[] = [];
	const closed: string[][] = [];
	const recorded = {
		stuckTasks: [] as number[],
		lagSeconds: [] as number[],
		unreadShards: [] as number[],
	};
	/** While set, every call to Step Functions is throttled. */
	const outage = { isOn: false, startRejection: undefined as string | undefined };
	const reachStepFunctions = () => {
		if (outage.isOn) throw new ServiceUnavailableError('Step Functions');
	};
	const executions: Pick<ExecutionClient, 'start' | 'describe'> & Pick<TaskExecutions, 'stop'> = {
		async start(message: TaskMessage): Promise<StartOutcome> {
			reachStepFunctions();
			if (outage.startRejection !== undefined) return { kind: 'rejected', reason: outage.startRejection };
			const name = executionName(taskExecutionOf(message));
			calls.started.push(name);
			const execution = known.get(name);
			if (execution !== undefined && execution.status !== 'RUNNING') return { kind: 'alreadyStarted' };
			known.set(name, {
				status: 'RUNNING',
				input: JSON.stringify(message),
				startedAtMs: nowMs,
				redriveCount: 0,
			});
			return { kind: 'started' };
		},
		async describe(executionArn) {
			reachStepFunctions();
			const name = executionArn.slice(executionArn.lastIndexOf(':') + 1);
			calls.described.push(name);
			return known.get(name);
		},
		async stop({ taskId }) {
			reachStepFunctions();
			calls.stopped.push(taskId);
			return 'stopped';
		},
	};
	/** The store that the code under test uses; tests replace its methods to make them fail. */
	const store = { ...rows };
	const applyReport = createApplyReport({
		store,
		executions,
		closeCallback: async ({ taskId }, key) => void closed.push([taskId, key]),
		log,
	});
	const consume = (handle: HandleMessage) => async (body: unknown, traceparent?: string) => {
		let messageLog = log;
		await handle({
			body: typeof body === 'string' ? body : JSON.stringify(body),
			...(traceparent === undefined ? {} : { traceparent }),
			identify: (fields) => (messageLog = messageLog.with(fields)),
		});
	};
	return {
		rows,
		store,
		known,
		calls,
		closed,
		published,
		delays,
		recorded,
		outage,
		lines,
		now,
		advance: (ms: number) => (nowMs += ms),
		start: consume(createStarter({ executions, store, now })),
		mirror: consume(createMirror({ executions, applyReport, declaredEnds })),
		handleDeadLetter: consume(createDeadLetterHandler({ executions, store, applyReport, declaredEnds })),
		reconcile: createReconciler({
			store,
			publisher: {
				async publish({ task }, { delaySeconds }) {
					published.push(task.task_id);
					delays.push(delaySeconds);
				},
			},
			describe: (task) => executions.describe(EXECUTION_ARN_PREFIX + executionName(task)),
			applyReport,
			declaredEnds,
			maxTasksPerRun: MAX_TASKS_PER_RUN,
			startDeadlineMs: 24 * 3_600_000,
			now,
			sleep: async (ms) => void (nowMs += ms),
			recordStuckTasks: (count) => void recorded.stuckTasks.push(count),
			recordLagSeconds: (seconds) => void recorded.lagSeconds.push(seconds),
			recordUnreadShards: (shards) => void recorded.unreadShards.push(shards),
			log,
		}),
	};
}
