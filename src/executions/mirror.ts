import * as Type from 'typebox';
import { matches, parseJson } from '../parse.ts';
import type { Log, LogFields } from '../tasks/log.ts';
import {
	EXECUTION_STATUSES,
	isCancelRequested,
	isTerminal,
	type Task,
	type TaskIncarnation,
} from '../tasks/task.ts';
import type { TaskExecution, TaskExecutions } from '../tasks/task-executions.ts';
import { executionName, TaskMessage, taskExecutionOf } from '../tasks/task-message.ts';
import type { TaskStore } from '../tasks/task-store.ts';
import { type ExecutionReport, isInferredEnd } from '../tasks/transition.ts';
import {
	type DeclaredEnds,
	type ExecutionClient,
	type ExecutionSnapshot,
	executionReport,
	RESULT_INVALID,
} from './execution-client.ts';
import type { HandleMessage } from './queue-message.ts';

/** Logged for each task that failed because of its result. An alarm counts these lines. */
export const RESULT_INVALID_MESSAGE = 'result does not match its schema';

/** Logged for each report that changed a row. Metrics of the time to the start and to the end are read from these lines. */
export const STATUS_APPLIED_MESSAGE = 'status applied';

/** The ports that applying a report needs. */
export interface ApplyReportDependencies {
	readonly store: Pick<TaskStore, 'applyReport' | 'get'>;
	readonly closeCallback: (task: TaskIncarnation, callbackKey: string) => Promise<void>;
	readonly executions: Pick<TaskExecutions, 'stop'>;
	readonly log: Log;
}

/** Writes a report of an execution into the row of its task, with everything that follows from it. Idempotent. */
export type ApplyReport = (task: TaskExecution, report: ExecutionReport) => Promise<void>;

/** Creates {@link ApplyReport}. A terminal status closes the task's callback; a cancelled task that runs is stopped. */
export function createApplyReport({
	store,
	closeCallback,
	executions,
	log,
}: ApplyReportDependencies): ApplyReport {
	return async (task, report) => {
		const fields = { task_id: task.taskId, type: task.type, status: report.status };
		const applied = await store.applyReport(task, report);
		if (applied === undefined) log.info('status ignored', fields);
		else log.info(STATUS_APPLIED_MESSAGE, { ...fields, ...delaysOf(applied, report) });
		if (applied?.error?.code === RESULT_INVALID)
			log.error(RESULT_INVALID_MESSAGE, { ...fields, reason: applied.error.message });
		// An earlier delivery may have written the row and then failed, so the rest is repeated.
		const row = applied ?? (await store.get(task));
		if (row?.createdAtMs !== task.createdAtMs) return;
		if (isTerminal(row.status)) {
			if (row.callbackKey !== undefined) await closeCallback(row, row.callbackKey);
			// An end without an execution is inferred. Should one run nevertheless, it is stopped.
			if (isTerminal(report.status) || !isInferredEnd(row)) return;
		}
		if (isCancelRequested(row)) {
			await executions.stop(task, 'The task was cancelled by its client.');
			log.info('stopped execution of a cancelled task', fields);
		}
	};
}

/** Milliseconds since the task could start. A redriven task has none, because the time before its redrive is no delay. */
function delaysOf(
	{ createdAtMs, runAtMs = createdAtMs }: Task,
	{ status, redriveCount, startedAtMs, stoppedAtMs }: ExecutionReport,
): LogFields {
	if (redriveCount > 0) return {};
	const name = status === 'RUNNING' ? 'started_after_ms' : 'ended_after_ms';
	const atMs = status === 'RUNNING' ? startedAtMs : stoppedAtMs;
	return atMs === undefined ? {} : { [name]: Math.max(0, atMs - runAtMs) };
}

const Nullable = <Schema extends Type.TSchema>(schema: Schema) =>
	Type.Optional(Type.Union([schema, Type.Null()]));

/** AWS documents epoch milliseconds; `redriveDate` also arrives as text. */
const EventTime = Nullable(Type.Union([Type.Number(), Type.String()]));

const Included = Nullable(Type.Object({ included: Nullable(Type.Boolean()) }));

/**
 * EventBridge's "Step Functions Execution Status Change". AWS leaves out an input or output above about 248 KB and says so
 * with `included: false`; the member itself may then be absent, `null` or truncated.
 */
const StatusEvent = Type.Object({
	'detail-type': Type.Literal('Step Functions Execution Status Change'),
	detail: Type.Object({
		executionArn: Type.String(),
		name: Type.String(),
		status: Type.Enum([...EXECUTION_STATUSES]),
		startDate: EventTime,
		stopDate: EventTime,
		input: Type.Optional(Type.Unknown()),
		inputDetails: Included,
		output: Type.Optional(Type.Unknown()),
		outputDetails: Included,
		error: Nullable(Type.String()),
		cause: Nullable(Type.String()),
		redriveCount: Nullable(Type.Integer({ minimum: 0 })),
		redriveDate: EventTime,
	}),
});

/** The detail of a status event. */
export type StatusEventDetail = Type.Static<typeof StatusEvent>['detail'];

/**
 * Parses the body of a status event.
 * @throws if the body is not a status event.
 */
export function parseStatusEvent(body: string): StatusEventDetail {
	return parseJson(StatusEvent, body, 'status event').detail;
}

/** The ports of the mirror. */
export interface MirrorDependencies {
	readonly applyReport: ApplyReport;
	readonly executions: Pick<ExecutionClient, 'describe'>;
	/** Returns the ends that a task type declares. */
	readonly declaredEnds: (type: string) => DeclaredEnds;
}

/**
 * Creates the consumer of the status queue, which mirrors the status of an execution into the row of its task.
 * An event that is late, repeated or not of a task changes nothing.
 */
export function createMirror({ applyReport, executions, declaredEnds }: MirrorDependencies): HandleMessage {
	return async ({ body, identify }) => {
		const detail = parseStatusEvent(body);
		const log = identify({ execution: detail.name });
		const snapshot = snapshotInEvent(detail) ?? (await executions.describe(detail.executionArn));
		if (snapshot === undefined) throw new Error(`Step Functions does not know execution ${detail.name}.`);
		const task = taskOfExecution(detail.name, snapshot.input);
		if (task === undefined) return log.warn('ignored status event of an execution without a task');
		identify({ task_id: task.taskId, type: task.type });
		await applyReport(task, executionReport(task, snapshot, declaredEnds(task.type)));
	};
}

/** Returns the task of an execution, or `undefined` if the execution was started by hand or its input is truncated. */
export function taskOfExecution(name: string, input: string): TaskExecution | undefined {
	if (!isJson(input)) return undefined;
	const message: unknown = JSON.parse(input);
	if (!matches(TaskMessage, message)) return undefined;
	const task = taskExecutionOf(message);
	return executionName(task) === name ? task : undefined;
}

/** Returns the snapshot in an event, or `undefined` if the event lacks a part and Step Functions has to be asked. */
function snapshotInEvent(detail: StatusEventDetail): ExecutionSnapshot | undefined {
	const { status, inputDetails, outputDetails, error, cause } = detail;
	const input = jsonText(detail.input, inputDetails);
	const output = jsonText(detail.output, outputDetails);
	const startedAtMs = epochMs(detail.startDate);
	const stoppedAtMs = epochMs(detail.stopDate);
	const redrivenAtMs = epochMs(detail.redriveDate);
	const redriveCount = detail.redriveCount ?? 0;
	if (input === undefined || startedAtMs === undefined) return undefined;
	if (status === 'SUCCEEDED' && output === undefined) return undefined;
	if (isTerminal(status) && stoppedAtMs === undefined) return undefined;
	if (redriveCount > 0 && redrivenAtMs === undefined) return undefined;
	return {
		status,
		input,
		startedAtMs,
		redriveCount,
		...(stoppedAtMs === undefined ? {} : { stoppedAtMs }),
		...(redrivenAtMs === undefined ? {} : { redrivenAtMs }),
		...(status === 'SUCCEEDED' && output !== undefined ? { output } : {}),
		...(typeof error === 'string' ? { error } : {}),
		...(typeof cause === 'string' ? { cause } : {}),
	};
}

/** Returns a member of the event that holds complete JSON, and `undefined` for one that was left out or truncated. */
function jsonText(value: unknown, details: StatusEventDetail['inputDetails']): string | undefined {
	return typeof value === 'string' && details?.included !== false && isJson(value) ? value : undefined;
}

function isJson(text: string): boolean {
	try {
		JSON.parse(text);
		return true;
	} catch {
		return false;
	}
}

/** Accepts epoch milliseconds as a number or as digits, and an ISO date; anything else is `undefined`. */
function epochMs(time: StatusEventDetail['redriveDate']): number | undefined {
	if (time === undefined || time === null || time === '') return undefined;
	const ms = typeof time === 'number' || /^\d+$/.test(time) ? Number(time) : Date.parse(time);
	return Number.isFinite(ms) ? Math.trunc(ms) : undefined;
}
