import { createSqsHandler } from '../../src/aws/sqs-handler.ts';
import { createDeadLetterHandler } from '../../src/executions/dead-letters.ts';
import { createApplyReport, createMirror } from '../../src/executions/mirror.ts';
import type { HandleMessage } from '../../src/executions/queue-message.ts';
import { createReconciler } from '../../src/executions/reconciler.ts';
import { createStarter } from '../../src/executions/starter.ts';
import { parseJson, UnexpectedShapeError } from '../../src/parse.ts';
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
import type { Delivery, DeliveryKey } from '../../src/tasks/deliveries.ts';
import { DeliveryMessage, deliveryKeyOf, deliveryMessage } from '../../src/tasks/delivery-message.ts';
import type { DeliverySlot } from '../../src/tasks/delivery-slots.ts';
import { createDeliveryDispatcher } from '../../src/tasks/dispatch-deliveries.ts';
import { createTaskGetter } from '../../src/tasks/read-task.ts';
import { createTaskRedriver } from '../../src/tasks/redrive-task.ts';
import { createDeliverySender, type SendOutcome } from '../../src/tasks/send-delivery.ts';
import type { Task, TaskKey } from '../../src/tasks/task.ts';
import { createTaskId } from '../../src/tasks/task.ts';
import type { TaskExecution } from '../../src/tasks/task-executions.ts';
import type { TaskQuery } from '../../src/tasks/task-list.ts';
import { executionName, type TaskMessage } from '../../src/tasks/task-message.ts';
import type { TaskStore } from '../../src/tasks/task-store.ts';
import type { Webhooks } from '../../src/tasks/webhooks.ts';
import { createMemoryCallbackStore } from '../support/memory-callback-store.ts';
import { createMemoryClaimStore } from '../support/memory-claim-store.ts';
import { createMemoryDeliverySlots } from '../support/memory-delivery-slots.ts';
import { createMemoryDeliveryStore } from '../support/memory-delivery-store.ts';
import { createMemoryTaskStore } from '../support/memory-task-store.ts';
import { createMemoryWebhookStore } from '../support/memory-webhook-store.ts';
import { createRecordingLog } from '../support/recording-log.ts';
import { createInvoke, type Invocation, type World } from './faulty-world.ts';
import {
	createSimulatedExecutions,
	SIMULATED_ENDS,
	type SimulatedExecution,
} from './simulated-executions.ts';
import { createSimulatedQueue, type SqsRecord } from './simulated-queue.ts';

/** Seconds for which a finished task can be read in the simulation. */
export const RETENTION_SECONDS = 4 * 3600;

const SECOND = 1000;

/** The capacity of a run of the dispatcher. */
const MAX_DELIVERIES_PER_RUN = 10;

/** The capacity of a run of the reconciler, small enough for a backlog and large enough for each principal. */
const MAX_TASKS_PER_RUN = 4;

/** Creates the deployed functions, with their timeouts, over a faulty world. Each method call is one invocation. */
export function createSimulatedService(world: World) {
	const { time, chance } = world;
	const { now } = time;
	const { log, lines } = createRecordingLog();
	const deliveries = createMemoryDeliveryStore();
	const slots = createMemoryDeliverySlots(now);
	const webhooks = createMemoryWebhookStore();
	const rows = createMemoryTaskStore({
		retentionSeconds: RETENTION_SECONDS,
		now,
		deliveries,
		async announce(created) {
			// A lost message, as after a crash between the transaction and the queue.
			if (!chance.happens('dropped')) for (const key of created) webhookQueue.send(deliveryMessage(key));
		},
	});
	/** How often each delivery has arrived at a receiver. */
	const received = new Map<string, number>();
	const keys = createMemoryCallbackStore();
	const claims = createMemoryClaimStore();
	const invoke = createInvoke(world);

	const startDeadLetters = createSimulatedQueue({ ...world, handle: handleDeadLetters });
	const statusDeadLetters = createSimulatedQueue({ ...world, handle: handleDeadLetters });
	const webhookDeadLetters = createSimulatedQueue({ ...world, handle: handleDeadLetters });
	const webhookQueue = createSimulatedQueue({
		...world,
		onDeadLetter: webhookDeadLetters.send,
		handle: (records) =>
			invoke('webhook-sender', 30 * SECOND, (invocation) => {
				const send = createDeliverySender({
					...webhookPorts(invocation),
					secrets: { signing: async () => [] },
					post: ({ id }) => receive(invocation, id),
					bodyOf: () => '{}',
					random: () => chance.between(0, 999) / 1000,
					recordDead: () => undefined,
					now,
				});
				return handleBatch(records, async ({ body, identify }) => {
					const key = deliveryKeyOf(parseJson(DeliveryMessage, body, 'delivery message'));
					await send(key, identify({ delivery_id: key.deliveryId }));
				});
			}),
	});
	const startQueue = createSimulatedQueue({
		...world,
		onDeadLetter: startDeadLetters.send,
		handle: (records) =>
			invoke('starter', 10 * SECOND, (invocation) => {
				const { store, executions } = portsOf(invocation);
				return handleBatch(records, createStarter({ store, executions, now }));
			}),
	});
	const statusQueue = createSimulatedQueue({
		...world,
		onDeadLetter: statusDeadLetters.send,
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

	/** A receiver that is slow, fails, or whose response is lost while faults last. */
	async function receive({ sleep }: Invocation, id: string): Promise<SendOutcome> {
		await sleep(chance.happens('stall') ? chance.between(1000, 15_000) : chance.between(0, 50));
		if (chance.happens('throttle')) return { latencyMs: 1, statusCode: chance.pick([302, 429, 500]) };
		received.set(id, (received.get(id) ?? 0) + 1);
		return chance.happens('responseLost')
			? { latencyMs: 1, error: 'lost' }
			: { latencyMs: 1, statusCode: 200 };
	}

	function webhookPorts({ call }: Invocation) {
		return {
			deliveries: {
				find: (key: DeliveryKey) => call('table', 'deliveries.find', () => deliveries.find(key)),
				swap: (before: Delivery | undefined, next: Omit<Delivery, 'version'>) =>
					call('table', 'deliveries.swap', () => deliveries.swap(before, next)),
				findDue: (nowMs: number) => call('table', 'deliveries.findDue', () => deliveries.findDue(nowMs)),
			},
			slots: {
				take: (slot: DeliverySlot, untilMs: number) =>
					call('table', 'slots.take', () => slots.take(slot, untilMs)),
				free: (slot: DeliverySlot) => call('table', 'slots.free', () => slots.free(slot)),
			},
			webhooks: {
				find: (principal: string) => call('table', 'webhooks.find', () => webhooks.find(principal)),
				swap: (before: Webhooks | undefined, next: Omit<Webhooks, 'version'>) =>
					call('table', 'webhooks.swap', () => webhooks.swap(before, next)),
			},
			queue: {
				send: (keys: readonly DeliveryKey[], delaySeconds = 0) =>
					call('topic', 'webhookQueue.send', async () => {
						for (const key of keys)
							time.after(delaySeconds * SECOND, () => webhookQueue.send(deliveryMessage(key)));
					}),
			},
		};
	}

	function handleBatch(records: readonly SqsRecord[], handle: HandleMessage) {
		return createSqsHandler(handle, log)({ Records: records }, {});
	}

	/** Returns the ports of an invocation. */
	function portsOf({ call }: Invocation) {
		const store: TaskStore = {
			create: (task) => call('table', 'rows.create', () => rows.create(task)),
			get: (key) =>
				call('table', 'rows.get', async () => {
					if (world.isUnreadable(key.taskId)) throw new UnexpectedShapeError('row of a task');
					return rows.get(key);
				}),
			applyReport: (task, report) => call('table', 'rows.applyReport', () => rows.applyReport(task, report)),
			requestCancel: (task, atMs) =>
				call('table', 'rows.requestCancel', () => rows.requestCancel(task, atMs)),
			extendForRedrive: (task, times) =>
				call('table', 'rows.extendForRedrive', () => rows.extendForRedrive(task, times)),
			setWaitingFor: (task, waitingFor) =>
				call('table', 'rows.setWaitingFor', () => rows.setWaitingFor(task, waitingFor)),
			reportProgress: (task, progress, nowMs) =>
				call('table', 'rows.reportProgress', () => rows.reportProgress(task, progress, nowMs)),
			findDueTasks: (nowMs) => call('table', 'rows.findDueTasks', () => rows.findDueTasks(nowMs)),
			resetToPending: (task, times) =>
				call('table', 'rows.resetToPending', () => rows.resetToPending(task, times)),
			scheduleCheck: (task, checkAtMs) =>
				call('table', 'rows.scheduleCheck', () => rows.scheduleCheck(task, checkAtMs)),
			cancelCheck: (task) => call('table', 'rows.cancelCheck', () => rows.cancelCheck(task)),
			list: (principal, query) =>
				call('table', 'rows.list', async () => {
					const page = await rows.list(principal, query);
					const last = page.tasks[0];
					if (last === undefined || !chance.happens('partialPage')) return page;
					return { tasks: [last], next: { createdAtMs: last.createdAtMs, taskId: last.taskId } };
				}),
		};
		const callbacks: CallbackStore = {
			find: (key) => call('table', 'keys.find', () => keys.find(key)),
			swap: (before, next) => call('table', 'keys.swap', () => keys.swap(before, next)),
		};
		return {
			store,
			callbacks,
			claims: {
				put: (key: string, text: string) => call('bucket', 'claims.put', () => claims.put(key, text)),
			},
			publisher: {
				publish: (message: TaskMessage, { delaySeconds }: { readonly delaySeconds: number }) =>
					call('topic', 'topic.publish', async () =>
						time.after(delaySeconds * SECOND, () => startQueue.send(JSON.stringify(message))),
					),
			},
			executions: {
				start: (message: TaskMessage) =>
					call('stepFunctions', 'executions.start', () => executions.start(message)),
				describe: (arn: string) =>
					call('stepFunctions', 'executions.describe', () => executions.describe(arn)),
				stop: (task: TaskExecution, reason: string) =>
					call('stepFunctions', 'executions.stop', () => executions.stop(task, reason)),
				redrive: (task: TaskExecution & Pick<Task, 'redriveCount'>) =>
					call('stepFunctions', 'executions.redrive', () => executions.redrive(task)),
				history: async () => [],
			},
			resume: (token: string, answer: CallbackAnswer) =>
				call('stepFunctions', 'executions.resume', () => executions.resume(token, answer)),
		};
	}

	function cancelPorts(invocation: Invocation) {
		const ports = portsOf(invocation);
		return { ...ports, closeCallback: createCallbackCloser({ ...ports, now }) };
	}

	function mirroring({ store, executions: ported, callbacks }: ReturnType<typeof portsOf>) {
		return {
			describe: (task: TaskExecution) => ported.describe(executionName(task)),
			declaredEnds: () => SIMULATED_ENDS,
			applyReport: createApplyReport({
				store,
				executions: ported,
				closeCallback: createCallbackCloser({ callbacks, now }),
				log,
			}),
		};
	}

	/** Principals that had due tasks in a complete run of the reconciler, none of which was checked. */
	const neglected: string[] = [];

	return {
		rows,
		lines,
		neglected,
		executions: executions.all,
		queues: {
			startQueue,
			statusQueue,
			webhookQueue,
			startDeadLetters,
			statusDeadLetters,
			webhookDeadLetters,
		},
		deliveries,
		received,
		/** Subscribes the receiver of a principal. */
		subscribe: (principal: string, webhookId: string) =>
			webhooks.swap(undefined, {
				principal,
				webhooks: [
					{ webhookId, url: 'https://example.com/', createdAtMs: 0, updatedAtMs: 0, secretVersion: 1 },
				],
			}),
		dispatch: () =>
			invoke('reconciler', 55 * SECOND, (invocation) =>
				createDeliveryDispatcher({
					...webhookPorts(invocation),
					maxPerRun: MAX_DELIVERIES_PER_RUN,
					now,
					log,
				})(),
			),
		createTask: (request: NewTask) =>
			invoke('api', 29 * SECOND, (invocation) => {
				const ports = portsOf(invocation);
				return createTaskCreator({
					...ports,
					limit: undefined,
					callbackClaims: createCallbackClaims({ ...ports, now }),
					findWebhooks: async (principal) =>
						(await webhookPorts(invocation).webhooks.find(principal))?.webhooks ?? [],
					createTaskId: (nowMs) => createTaskId(nowMs, chance.uuid),
					now,
					log,
				})(request);
			}),
		getTask: (key: TaskKey) =>
			invoke('api', 29 * SECOND, (invocation) => createTaskGetter({ ...portsOf(invocation), now })(key)),
		cancelTask: (key: TaskKey) =>
			invoke('api', 29 * SECOND, (invocation) =>
				createTaskCanceller({ ...cancelPorts(invocation), now, log })(key),
			),
		redriveTask: (key: TaskKey) =>
			invoke('api', 29 * SECOND, (invocation) =>
				createTaskRedriver({ ...portsOf(invocation), now, log })(key),
			),
		answerCallback: (key: CallbackId, answer: CallbackAnswer) =>
			invoke('callbacks', 29 * SECOND, (invocation) =>
				createCallbackAnswerer({ ...portsOf(invocation), now, log })(key, answer),
			),
		listTasks: (principal: string, query: TaskQuery) =>
			invoke('api', 29 * SECOND, (invocation) => portsOf(invocation).store.list(principal, query)),
		reconcile: () =>
			invoke('reconciler', 55 * SECOND, async (invocation) => {
				const ports = portsOf(invocation);
				const due = new Set<string>();
				const checked = new Set<string>();
				await createReconciler({
					...ports,
					...mirroring(ports),
					store: {
						...ports.store,
						async findDueTasks(nowMs) {
							const found = await ports.store.findDueTasks(nowMs);
							for (const { principal } of found.tasks) due.add(principal);
							return found;
						},
						get(key) {
							checked.add(key.principal);
							return ports.store.get(key);
						},
					},
					sleep: invocation.sleep,
					maxTasksPerRun: MAX_TASKS_PER_RUN,
					startDeadlineMs: 24 * 3600 * SECOND,
					recordStuckTasks: () => undefined,
					recordLagSeconds: () => undefined,
					recordUnreadShards: () => undefined,
					now,
					log,
				})();
				// A run that faults kept from checking any task was not unfair.
				if (checked.size > 0) neglected.push(...[...due].filter((principal) => !checked.has(principal)));
			}),
	};
}

/** The simulated service, with the state that the invariants check. */
export type SimulatedService = ReturnType<typeof createSimulatedService>;

/** Returns the event that EventBridge delivers for a change of an execution. */
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
