import { createSqsHandler } from '../../src/aws/sqs-handler.ts';
import { createDeadLetterHandler } from '../../src/executions/dead-letters.ts';
import { createApplyReport, createMirror } from '../../src/executions/mirror.ts';
import type { HandleMessage } from '../../src/executions/queue-message.ts';
import { createReconciler } from '../../src/executions/reconciler.ts';
import { createStarter } from '../../src/executions/starter.ts';
import { createCallbackAnswerer } from '../../src/tasks/answer-callback.ts';
import {
	type CallbackAnswer,
	type CallbackId,
	type CallbackStore,
	createCallbackAwaiter,
	createCallbackClaims,
	createCallbackCloser,
} from '../../src/tasks/callbacks.ts';
import { createTaskCanceller } from '../../src/tasks/cancel-task.ts';
import { createTaskCreator, type NewTask } from '../../src/tasks/create-task.ts';
import { createTaskGetter } from '../../src/tasks/read-task.ts';
import { createTaskRedriver } from '../../src/tasks/redrive-task.ts';
import type { Task, TaskKey } from '../../src/tasks/task.ts';
import { createTaskId } from '../../src/tasks/task.ts';
import type { TaskExecution } from '../../src/tasks/task-executions.ts';
import { executionName, type TaskMessage } from '../../src/tasks/task-message.ts';
import type { TaskStore } from '../../src/tasks/task-store.ts';
import { createMemoryCallbackStore } from '../support/memory-callback-store.ts';
import { createMemoryClaimStore } from '../support/memory-claim-store.ts';
import { createMemoryTaskStore } from '../support/memory-task-store.ts';
import { createRecordingLog } from '../support/recording-log.ts';
import { createInvoke, type Invocation, type World } from './faulty-world.ts';
import { createSimulatedExecutions, type SimulatedExecution } from './simulated-executions.ts';
import { createSimulatedQueue, type SqsRecord } from './simulated-queue.ts';

/** How long a finished task can be read in the simulation. */
export const RETENTION_SECONDS = 3600;

const SECOND = 1000;

/** The deployed functions, with their timeouts, over a faulty world. Each call of a method is one invocation. */
export function createSimulatedService(world: World) {
	const { time, chance } = world;
	const { now } = time;
	const { log, lines } = createRecordingLog();
	const rows = createMemoryTaskStore({ retentionSeconds: RETENTION_SECONDS, now });
	const keys = createMemoryCallbackStore();
	const claims = createMemoryClaimStore();
	const invoke = createInvoke(world);

	const startDead = createSimulatedQueue({ ...world, handle: handleDeadLetters });
	const statusDead = createSimulatedQueue({ ...world, handle: handleDeadLetters });
	const startQueue = createSimulatedQueue({
		...world,
		onDead: startDead.send,
		handle: (records) =>
			invoke('starter', 10 * SECOND, (invocation) => {
				const { store, executions } = portsOf(invocation);
				return handleBatch(records, createStarter({ store, executions, now }));
			}),
	});
	const statusQueue = createSimulatedQueue({
		...world,
		onDead: statusDead.send,
		handle: (records) =>
			invoke('listener', 10 * SECOND, (invocation) => {
				const ports = portsOf(invocation);
				return handleBatch(records, createMirror({ ...ports, ...mirroring(ports) }));
			}),
	});
	const executions = createSimulatedExecutions({
		time,
		onChange: (execution) => {
			if (!chance.happens('dropped')) statusQueue.send(statusEvent(execution));
		},
		awaitCallback: (callback) =>
			invoke('awaitCallback', 10 * SECOND, (invocation) =>
				createCallbackAwaiter({ ...portsOf(invocation), now })(callback),
			),
	});

	function handleDeadLetters(records: readonly SqsRecord[]) {
		return invoke('dead-letters', 10 * SECOND, (invocation) => {
			const ports = portsOf(invocation);
			return handleBatch(records, createDeadLetterHandler({ ...ports, ...mirroring(ports) }));
		});
	}

	function handleBatch(records: readonly SqsRecord[], handle: HandleMessage) {
		return createSqsHandler(handle, log)({ Records: records }, {});
	}

	/** Everything outside of a process, by way of its invocation. */
	function portsOf({ call }: Invocation) {
		const store: TaskStore = {
			create: (task) => call('rows.create', () => rows.create(task)),
			get: (key) => call('rows.get', () => rows.get(key)),
			applyReport: (task, report) => call('rows.applyReport', () => rows.applyReport(task, report)),
			requestCancel: (task, atMs) => call('rows.requestCancel', () => rows.requestCancel(task, atMs)),
			extendForRedrive: (task, times) =>
				call('rows.extendForRedrive', () => rows.extendForRedrive(task, times)),
			setWaitingFor: (task, waitingFor) =>
				call('rows.setWaitingFor', () => rows.setWaitingFor(task, waitingFor)),
			reportProgress: (task, progress, nowMs) =>
				call('rows.reportProgress', () => rows.reportProgress(task, progress, nowMs)),
			findDueTasks: (nowMs) => call('rows.findDueTasks', () => rows.findDueTasks(nowMs)),
			resetToPending: (task, atMs) => call('rows.resetToPending', () => rows.resetToPending(task, atMs)),
			scheduleCheck: (task, checkAtMs) =>
				call('rows.scheduleCheck', () => rows.scheduleCheck(task, checkAtMs)),
			cancelCheck: (task) => call('rows.cancelCheck', () => rows.cancelCheck(task)),
			list: (principal, query) => call('rows.list', () => rows.list(principal, query)),
		};
		const callbacks: CallbackStore = {
			find: (key) => call('keys.find', () => keys.find(key)),
			swap: (before, next) => call('keys.swap', () => keys.swap(before, next)),
		};
		return {
			store,
			callbacks,
			claims: {
				put: (key: string, text: string) => call('claims.put', () => claims.put(key, text)),
			},
			publisher: {
				publish: (message: TaskMessage) =>
					call('topic.publish', async () => startQueue.send(JSON.stringify(message))),
			},
			executions: {
				start: (message: TaskMessage) => call('executions.start', () => executions.start(message)),
				describe: (arn: string) => call('executions.describe', () => executions.describe(arn)),
				stop: (task: TaskExecution, reason: string) =>
					call('executions.stop', () => executions.stop(task, reason)),
				redrive: (task: TaskExecution & Pick<Task, 'redriveCount'>) =>
					call('executions.redrive', () => executions.redrive(task)),
				history: async () => [],
			},
			resume: (token: string, answer: CallbackAnswer) =>
				call('executions.resume', () => executions.resume(token, answer)),
		};
	}

	function mirroring({ store, executions: ported, callbacks }: ReturnType<typeof portsOf>) {
		return {
			describe: (task: TaskExecution) => ported.describe(executionName(task)),
			applyReport: createApplyReport({
				store,
				executions: ported,
				closeCallback: createCallbackCloser({ callbacks, now }),
				log,
			}),
		};
	}

	return {
		rows,
		lines,
		executions: executions.all,
		queues: { startQueue, statusQueue, startDead, statusDead },
		createTask: (request: NewTask) =>
			invoke('api', 29 * SECOND, (invocation) => {
				const ports = portsOf(invocation);
				return createTaskCreator({
					...ports,
					limit: { take: async () => 'taken' },
					callbackClaims: createCallbackClaims({ ...ports, now }),
					createTaskId: (nowMs) => createTaskId(nowMs, chance.uuid),
					now,
					log,
				})(request);
			}),
		getTask: (key: TaskKey) =>
			invoke('api', 29 * SECOND, (invocation) => createTaskGetter({ ...portsOf(invocation), now })(key)),
		cancelTask: (key: TaskKey) =>
			invoke('api', 29 * SECOND, (invocation) =>
				createTaskCanceller({ ...portsOf(invocation), now, log })(key),
			),
		redriveTask: (key: TaskKey) =>
			invoke('api', 29 * SECOND, (invocation) =>
				createTaskRedriver({ ...portsOf(invocation), now, log })(key),
			),
		answerCallback: (key: CallbackId, answer: CallbackAnswer) =>
			invoke('callbacks', 29 * SECOND, (invocation) =>
				createCallbackAnswerer({ ...portsOf(invocation), now, log })(key, answer),
			),
		reconcile: () =>
			invoke('reconciler', 55 * SECOND, (invocation) => {
				const ports = portsOf(invocation);
				return createReconciler({
					...ports,
					...mirroring(ports),
					sleep: invocation.sleep,
					startDeadlineMs: 24 * 3600 * SECOND,
					recordStuckTasks: () => undefined,
					recordLagSeconds: () => undefined,
					now,
					log,
				})();
			}),
	};
}

export type SimulatedService = ReturnType<typeof createSimulatedService>;

/** EventBridge's account of a change. */
function statusEvent({ task, snapshot }: SimulatedExecution): string {
	const { status, input, startedAtMs, stoppedAtMs, redriveCount, redrivenAtMs, output, error, cause } =
		snapshot;
	return JSON.stringify({
		'detail-type': 'Step Functions Execution Status Change',
		detail: {
			executionArn: executionName(task),
			stateMachineArn: 'machine',
			name: executionName(task),
			status,
			startDate: startedAtMs,
			stopDate: stoppedAtMs ?? null,
			input,
			inputDetails: { included: true },
			output: output ?? null,
			error: error ?? null,
			cause: cause ?? null,
			redriveCount,
			redriveDate: redrivenAtMs ?? null,
		},
	});
}
