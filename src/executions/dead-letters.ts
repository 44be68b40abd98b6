import { matches } from '../parse.ts';
import { DeliveryMessage } from '../tasks/delivery-message.ts';
import type { Log } from '../tasks/log.ts';
import type { TaskExecution } from '../tasks/task-executions.ts';
import { TaskMessage, taskExecutionOf } from '../tasks/task-message.ts';
import type { TaskStore } from '../tasks/task-store.ts';
import { type DeclaredEnds, type ExecutionClient, executionReport } from './execution-client.ts';
import { type ApplyReport, parseStatusEvent, type StatusEventDetail, taskOfExecution } from './mirror.ts';
import type { HandleMessage } from './queue-message.ts';

/** The ports of the dead-letter handler. */
export interface DeadLetterDependencies {
	readonly store: Pick<TaskStore, 'get'>;
	readonly executions: Pick<ExecutionClient, 'describe'>;
	readonly applyReport: ApplyReport;
	/** Returns the ends that a task type declares. */
	readonly declaredEnds: (type: string) => DeclaredEnds;
}

/**
 * Creates the consumer of all dead-letter queues. A dead letter only proves that a message could not be handled for some
 * minutes, so it never ends a task: the reconciler starts a pending task, or ends it at its start deadline.
 */
export function createDeadLetterHandler({
	store,
	executions,
	applyReport,
	declaredEnds,
}: DeadLetterDependencies): HandleMessage {
	return async ({ body, identify }) => {
		const letter = parseDeadLetter(body);
		if (letter.kind === 'unrecognised') {
			identify({}).error('unrecognised dead-letter message', { body: body.slice(0, 1000) });
		} else if (letter.kind === 'start') {
			const log = identify({ task_id: letter.task.taskId, type: letter.task.type });
			log.error('dead-letter start message');
			await leaveToReconciler(letter.task, log);
		} else if (letter.kind === 'delivery') {
			// The dispatcher queues the delivery again.
			identify({ delivery_id: letter.deliveryId }).error('dead-letter webhook message');
		} else await handleStatusEvent(letter.detail, identify({ execution: letter.detail.name }));
	};

	/** The event may be old, so its execution is described instead. */
	async function handleStatusEvent(detail: StatusEventDetail, log: Log): Promise<void> {
		log.error('dead-letter status event', { status: detail.status });
		const snapshot = await executions.describe(detail.executionArn);
		const input = snapshot?.input ?? detail.input;
		const task = typeof input === 'string' ? taskOfExecution(detail.name, input) : undefined;
		if (task === undefined) return log.warn('ignored status event of an execution without a task');
		if (snapshot === undefined) await leaveToReconciler(task, log);
		else await applyReport(task, executionReport(task, snapshot, declaredEnds(task.type)));
	}

	async function leaveToReconciler(task: TaskExecution, log: Log): Promise<void> {
		const row = await store.get(task);
		const isOpen = row?.createdAtMs === task.createdAtMs && row.checkAtMs !== undefined;
		log.info(isOpen ? 'left to the reconciler' : 'no action needed', { status: row?.status });
	}
}

type DeadLetter =
	| { readonly kind: 'start'; readonly task: TaskExecution }
	| { readonly kind: 'delivery'; readonly deliveryId: string }
	| { readonly kind: 'status'; readonly detail: StatusEventDetail }
	| { readonly kind: 'unrecognised' };

function parseDeadLetter(body: string): DeadLetter {
	try {
		const message: unknown = JSON.parse(body);
		if (matches(TaskMessage, message)) return { kind: 'start', task: taskExecutionOf(message) };
		if (matches(DeliveryMessage, message)) return { kind: 'delivery', deliveryId: message.delivery_id };
		return { kind: 'status', detail: parseStatusEvent(body) };
	} catch {
		return { kind: 'unrecognised' };
	}
}
