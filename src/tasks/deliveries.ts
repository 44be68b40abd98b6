import { createHash } from 'node:crypto';
import * as Type from 'typebox';
import { isTerminal, Task } from './task.ts';
import { TASK_EVENTS, type TaskEvent, TEST_EVENT } from './webhooks.ts';

/** The states of a delivery: `dead` after its last attempt, or once its subscription is gone. */
export const DELIVERY_STATUSES = ['pending', 'delivered', 'dead'] as const;

/** One attempt to deliver an event. */
export const DeliveryAttempt = Type.Object({
	atMs: Type.Integer(),
	latencyMs: Type.Integer(),
	/** The status code; absent without a response. */
	statusCode: Type.Optional(Type.Integer()),
	/** The first 1 KB of the response. */
	response: Type.Optional(Type.String()),
	/** The reason for the absence of a response. */
	error: Type.Optional(Type.String()),
});

/** See the schema of the same name. */
export type DeliveryAttempt = Type.Static<typeof DeliveryAttempt>;

/** The task as a delivery shows it: its row at the event. */
const DeliveredTask = Type.Omit(Task, ['data', 'traceparent', 'fingerprint', 'webhooks']);

/** One event on its way to one webhook. */
export const Delivery = Type.Object({
	principal: Type.String(),
	webhookId: Type.String(),
	deliveryId: Type.String(),
	event: Type.Enum([...TASK_EVENTS, TEST_EVENT]),
	/** Absent for a test. */
	task: Type.Optional(DeliveredTask),
	/** Set if the result was too large for the delivery. */
	isResultOmitted: Type.Optional(Type.Literal(true)),
	/** The task's own URL; absent: the URL of the subscription. */
	url: Type.Optional(Type.String()),
	/** The time of the event. */
	createdAtMs: Type.Integer(),
	status: Type.Enum([...DELIVERY_STATUSES]),
	/** The latest attempts, oldest first. */
	attempts: Type.Array(DeliveryAttempt),
	/** Failed attempts since the event or the last replay. */
	failures: Type.Integer({ minimum: 0 }),
	/** The time of the next attempt; only a pending delivery has it. */
	nextAttemptAtMs: Type.Optional(Type.Integer()),
	/** When the delivery is queued again, in case its message is lost; only a pending delivery has it. */
	checkAtMs: Type.Optional(Type.Integer()),
	/** Until then, an invocation of the sender works on it. */
	claimedUntilMs: Type.Optional(Type.Integer()),
	finishedAtMs: Type.Optional(Type.Integer()),
	/** Why the delivery is dead. */
	deadReason: Type.Optional(Type.String()),
	expiresAtSeconds: Type.Integer(),
	/** Number of writes, for optimistic locking. */
	version: Type.Integer({ minimum: 1 }),
});

/** See the schema of the same name. */
export type Delivery = Type.Static<typeof Delivery>;

/** Identifies a delivery. */
export type DeliveryKey = Pick<Delivery, 'principal' | 'webhookId' | 'deliveryId'>;

/** A page of deliveries, and the position of the next one. */
export interface DeliveryPage {
	readonly deliveries: readonly Delivery[];
	/** Absent on the last page. */
	readonly next?: string;
}

/** A query for a page; `after` is the `next` of the page before. */
export interface DeliveryQuery {
	readonly limit: number;
	readonly after?: string;
}

/** The key of a delivery whose check is due. */
export type DueDelivery = DeliveryKey & Required<Pick<Delivery, 'checkAtMs'>>;

/** The port to deliveries. The writers of task rows create them, in the transaction of the event. */
export interface DeliveryStore {
	/** Returns the delivery as last written, or `undefined` if it does not exist. */
	readonly find: (key: DeliveryKey) => Promise<Delivery | undefined>;
	/** Writes `next` with the next version if the stored version is still that of `before`; otherwise returns `false`. */
	readonly swap: (
		before: Delivery | undefined,
		next: Omit<Delivery, 'version'>,
	) => Promise<Delivery | undefined>;
	/**
	 * Finds deliveries of all principals whose check is due. Of a long backlog it returns the most overdue and the latest,
	 * thousands of each, so that no backlog hides the delivery of another principal.
	 */
	readonly findDue: (nowMs: number) => Promise<readonly DueDelivery[]>;
	/** Returns a page of a webhook's deliveries: those of the latest task first. */
	readonly listOfWebhook: (
		webhook: Pick<DeliveryKey, 'principal' | 'webhookId'>,
		query: DeliveryQuery,
	) => Promise<DeliveryPage>;
	/** Returns a page of a task's deliveries, oldest event first. */
	readonly listOfTask: (
		task: Pick<Task, 'principal' | 'taskId'>,
		query: DeliveryQuery,
	) => Promise<DeliveryPage>;
}

/** Puts deliveries into the queue of the sender. */
export interface DeliveryQueue {
	/** `delaySeconds` is at most {@link MAX_QUEUE_DELAY_MS}. */
	send(deliveries: readonly DeliveryKey[], delaySeconds?: number): Promise<void>;
}

/**
 * Longer waits end with the check of the delivery: the alarm on the age of the queue's oldest message, which counts the
 * delay of a message too, fires after 5 minutes.
 */
export const MAX_QUEUE_DELAY_MS = 3 * 60 * 1000;

/** A delivery whose message is lost is queued again after this time. */
export const LOST_MESSAGE_MS = 60_000;

/** How long a delivery can be listed and replayed. */
const DELIVERY_RETENTION_SECONDS = 7 * 24 * 60 * 60;

/** A larger result is left out. With the other members, a body stays below 20 KB. */
const MAX_RESULT_BYTES = 16 * 1024;

/** Returns the event of a task that has just ended or begun to wait; `undefined` for any other change. */
export function eventOf({ status, waitingFor }: Task): TaskEvent | undefined {
	if (isTerminal(status)) return TASK_EVENTS.find((event) => event === `task.${status.toLowerCase()}`);
	return waitingFor === undefined ? undefined : 'task.waiting';
}

/** Builds one delivery per webhook of the task that receives the event. `task` is the row after the event. */
export function newDeliveries(task: Task, event: TaskEvent, checkAtMs: number): Delivery[] {
	const { webhooks = [], data: _, traceparent: __, fingerprint: ___, result, ...rest } = task;
	const isResultOmitted =
		result !== undefined && Buffer.byteLength(JSON.stringify(result)) > MAX_RESULT_BYTES;
	const nowMs = task.waitingFor?.sinceMs ?? task.updatedAtMs;
	return webhooks
		.filter(({ events }) => events === undefined || events.includes(event))
		.map(({ webhookId, url }) => ({
			...newDelivery(
				{ principal: task.principal, webhookId, deliveryId: deliveryId(task, webhookId, event) },
				nowMs,
			),
			event,
			task: { ...rest, ...(result === undefined || isResultOmitted ? {} : { result }) },
			...(isResultOmitted ? { isResultOmitted } : {}),
			...(url === undefined ? {} : { url }),
			checkAtMs,
		}));
}

/** Builds the delivery of a test. */
export function testDelivery(key: DeliveryKey, nowMs: number): Omit<Delivery, 'version'> {
	const { version: _, ...delivery } = newDelivery(key, nowMs);
	return { ...delivery, event: TEST_EVENT };
}

function newDelivery({ principal, webhookId, deliveryId: id }: DeliveryKey, nowMs: number): Delivery {
	return {
		principal,
		webhookId,
		deliveryId: id,
		event: TEST_EVENT,
		createdAtMs: nowMs,
		status: 'pending',
		attempts: [],
		failures: 0,
		nextAttemptAtMs: nowMs,
		checkAtMs: nowMs + LOST_MESSAGE_MS,
		expiresAtSeconds: Math.ceil(nowMs / 1000) + DELIVERY_RETENTION_SECONDS,
		version: 1,
	};
}

/**
 * Derives the id from the event, so that an event that is reported twice has one delivery. It is a UUIDv8 that begins with
 * the creation time of the task, so that the deliveries of a webhook sort by it.
 */
function deliveryId(task: Task, webhookId: string, event: TaskEvent): string {
	const { principal, taskId, createdAtMs, redriveCount, resetCount = 0 } = task;
	const hash = createHash('sha256')
		.update(JSON.stringify([principal, taskId, createdAtMs, redriveCount, resetCount, webhookId, event]))
		.digest('hex');
	const time = createdAtMs.toString(16).padStart(12, '0');
	return `${time.slice(0, 8)}-${time.slice(8)}-8${hash.slice(0, 3)}-8${hash.slice(3, 6)}-${hash.slice(6, 18)}`;
}
