import * as Type from 'typebox';
import { createLogReader, type LogRow } from '../aws/log-insights.ts';
import { matches } from '../parse.ts';
import { parseStage } from './stage.ts';

/** One line of the log of a function. */
export interface TaskLogLine {
	readonly timestamp: string;
	readonly level: string;
	readonly function: string;
	readonly message: string;
	readonly fields: Readonly<Record<string, unknown>>;
}

/** The task whose log lines are read. */
export interface TaskLogsRequest {
	readonly stage: string;
	readonly region: string;
	readonly taskId: string;
	readonly now: () => number;
	readonly wait: (ms: number) => Promise<unknown>;
}

/** A line that a function has written with Powertools' logger. */
const FunctionLine = Type.Object({ level: Type.String(), message: Type.String() });

/**
 * Reads the log lines of all functions of a stage about a task, with CloudWatch Logs Insights.
 *
 * @throws if the stage or the id is invalid, or with the SDK's error.
 */
export async function readTaskLogs(request: TaskLogsRequest): Promise<readonly TaskLogLine[]> {
	const { region, taskId, now, wait } = request;
	const stage = parseStage(request.stage);
	if (!/^[0-9a-f-]{36}$/i.test(taskId)) throw new Error(`Invalid task id "${taskId}".`);
	const query = createLogReader(region, wait);
	const rows = await query({
		query: [
			`SOURCE logGroups(namePrefix: ['/aws/lambda/task-api-${stage}-'])`,
			'fields @timestamp, @log, @message',
			`filter task_id = '${taskId.toLowerCase()}'`,
			'sort @timestamp asc',
		].join(' | '),
		fromMs: earliestMs(taskId, now()),
		untilMs: now(),
	});
	return rows.map((row) => toLine(row, stage));
}

/** The clock of the client may be ahead of the clock of the service. */
const MAX_CLOCK_SKEW_MS = 60_000;

/** A task whose id does not contain its time is searched for in its whole retention of at least a day. */
const KEYED_TASK_MS = 48 * 3600 * 1000;

/** Returns the time from which on the logs may mention a task: a UUIDv7 starts with the time of its creation. */
function earliestMs(taskId: string, nowMs: number): number {
	const isTimed = taskId[14] === '7';
	const createdMs = Number.parseInt(taskId.replaceAll('-', '').slice(0, 12), 16);
	return isTimed ? Math.min(createdMs, nowMs) - MAX_CLOCK_SKEW_MS : nowMs - KEYED_TASK_MS;
}

function toLine(row: LogRow, stage: string): TaskLogLine {
	const text = row.get('@message') ?? '';
	const name = (row.get('@log') ?? '').replace(/^.*\/aws\/lambda\//, '').replace(`task-api-${stage}-`, '');
	const line = { timestamp: toIso(row.get('@timestamp') ?? ''), function: name };
	const parsed = parsedOrUndefined(text);
	if (!matches(FunctionLine, parsed)) return { ...line, level: 'INFO', message: text.trimEnd(), fields: {} };
	const { level, message, ...fields } = parsed;
	return { ...line, level, message, fields };
}

/** Logs Insights writes `2026-11-20 09:30:00.000`, in UTC. */
function toIso(timestamp: string): string {
	return `${timestamp.replace(' ', 'T')}Z`;
}

function parsedOrUndefined(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}
