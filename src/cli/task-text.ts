import { stripVTControlCharacters, styleText } from 'node:util';
import type { Task, TaskEvent, TaskStatus } from '../client/index.ts';

type Status = TaskStatus | TaskEvent['status'];

const MARKS = {
	PENDING: { mark: '○', format: 'dim' },
	RUNNING: { mark: '●', format: 'cyan' },
	SUCCEEDED: { mark: '✔', format: 'green' },
	FAILED: { mark: '✘', format: 'red' },
	TIMED_OUT: { mark: '✘', format: 'red' },
	ABORTED: { mark: '■', format: 'yellow' },
} as const satisfies Record<Status, { mark: string; format: string }>;

const STATUS_WIDTH = 'SUCCEEDED'.length;

/** The mark of a status, coloured on a terminal. */
export function markOf(status: Status): string {
	const { mark, format } = MARKS[status];
	return styleText(format, mark);
}

/** The mark and name of a status, coloured on a terminal and padded for a column. */
export function statusText(status: Status): string {
	const { mark, format } = MARKS[status];
	return styleText(format, `${mark} ${status.padEnd(STATUS_WIDTH)}`);
}

/** A duration as people write it: `340 ms`, `4.2 s`, `3 min 10 s`, `2 h 5 min`, `3 d`. */
export function durationText(ms: number): string {
	if (ms < 1000) return `${Math.max(0, Math.round(ms))} ms`;
	const seconds = ms / 1000;
	if (seconds < 60) return `${seconds.toFixed(1)} s`;
	const minutes = Math.floor(seconds / 60);
	if (minutes < 60) return `${minutes} min ${Math.floor(seconds % 60)} s`;
	const hours = Math.floor(minutes / 60);
	return hours < 48 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} d`;
}

/** A table whose columns are as wide as their widest cell. Colours do not count. */
export function tableText(rows: readonly (readonly string[])[]): string {
	const widths: number[] = [];
	for (const row of rows)
		for (const [index, cell] of row.entries())
			widths[index] = Math.max(widths[index] ?? 0, visibleLength(cell));
	return rows
		.map((row) =>
			row
				.map((cell, index) => cell + ' '.repeat((widths[index] ?? 0) - visibleLength(cell)))
				.join('  ')
				.trimEnd(),
		)
		.join('\n');
}

function visibleLength(text: string): number {
	return stripVTControlCharacters(text).length;
}

/** Several lines about a task: its members, then its result or error. */
export function taskText(task: Task): string {
	const { progress, waiting_for: waitingFor, tags } = task;
	const rows = [
		['id', task.task_id],
		['type', task.type],
		['status', statusText(task.status).trimEnd()],
		['created', task.created_at],
		...(task.run_at === undefined ? [] : [['starts at', task.run_at]]),
		...(task.started_at === undefined ? [] : [['started', task.started_at]]),
		...(task.finished_at === undefined ? [] : [['finished', finishedText(task, task.finished_at)]]),
		...(task.expires_at === undefined ? [] : [['expires', task.expires_at]]),
		...(progress === undefined ? [] : [['progress', `${progress.percent} %  ${progress.message}`]]),
		...(waitingFor === undefined
			? []
			: [['waits for', `an answer to ${waitingFor.callback_key} until ${waitingFor.expires_at}`]]),
		...(task.redrive_count === 0 ? [] : [['redrives', String(task.redrive_count)]]),
		...(task.rerun_of === undefined ? [] : [['rerun of', task.rerun_of]]),
		...Object.entries(tags).map(([key, value]) => ['tag', `${key}:${value}`]),
		...operationsText(task),
	];
	const table = tableText(rows.map(([title = '', text = '']) => [styleText('dim', title), text]));
	const outcome = outcomeText(task);
	return outcome === '' ? table : `${table}\n\n${outcome}`;
}

function finishedText({ started_at: startedAt }: Task, finishedAt: string): string {
	if (startedAt === undefined) return finishedAt;
	return `${finishedAt} after ${durationText(Date.parse(finishedAt) - Date.parse(startedAt))}`;
}

function operationsText({ links }: Task): string[][] {
	const possible = (['cancel', 'redrive', 'rerun'] as const).filter((name) => links[name] !== undefined);
	return possible.length === 0 ? [] : [['possible', possible.join(', ')]];
}

/** The result of a task, or its error; nothing while it is open. */
export function outcomeText({ result, error, links }: Task): string {
	if (error !== undefined) return styleText('red', `${error.code}: ${error.message}`);
	if (result !== undefined) return JSON.stringify(result, null, 2);
	return links.result === undefined ? '' : `The result is at ${links.result}`;
}
