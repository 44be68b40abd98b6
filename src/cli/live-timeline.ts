import { stripVTControlCharacters } from 'node:util';
import type { Task, TaskEvent } from '../client/index.ts';
import type { Io } from './cli-context.ts';
import { durationText, statusText } from './task-text.ts';
import { approvalText, headText, rowText, timelineRows, waitingText } from './timeline.ts';

/** Shows a task as it changes. */
export interface LiveTimeline {
	show(task: Task, events: readonly TaskEvent[]): void;
}

/**
 * Creates the timeline for this output: lines that are replaced on a terminal, lines that are added otherwise. `url` is that
 * of the API, at which approval links are.
 */
export function createLiveTimeline(io: Io, url: string): LiveTimeline {
	return io.isTerminal ? createReplacingTimeline(io, url) : createAppendingTimeline(io, url);
}

const ESCAPE = String.fromCharCode(27);

function createReplacingTimeline({ write, size, now }: Io, url: string): LiveTimeline {
	let shownLines = 0;
	let shownLink: string | undefined;
	return {
		show(task, events) {
			const { columns, rows } = size();
			const lines = [
				headText(task, now()),
				...timelineRows(events, now()).map((row) => `  ${rowText(row)}`),
				...optional(waitingText(task)).map((text) => `  ${text}`),
			];
			// Lines that have left the screen cannot be replaced.
			const visible = lines.length < rows ? lines : [...lines.slice(0, 1), ...lines.slice(2 - rows)];
			const clear = shownLines === 0 ? '' : `${ESCAPE}[${shownLines}A${ESCAPE}[0J`;
			// Written once above the lines that are replaced: a link that is cut cannot be opened.
			const link = approvalText(task, url);
			const newLink = link === undefined || link === shownLink ? '' : `${link}\n`;
			shownLink = link ?? shownLink;
			write(`${clear}${newLink}${visible.map((line) => `${truncate(line, columns)}\n`).join('')}`);
			shownLines = visible.length;
		},
	};
}

function createAppendingTimeline({ write, now }: Io, url: string): LiveTimeline {
	const printed = new Set<string>();
	const startMs = now();
	const append = (key: string, text: string) => {
		if (printed.has(key)) return;
		printed.add(key);
		write(`${durationText(now() - startMs).padStart(10)}  ${text}\n`);
	};
	return {
		show(task, events) {
			const { progress, redrive_count: redriveCount } = task;
			const isFinal = task.finished_at !== undefined;
			const status = `${redriveCount} ${task.status}`;
			if (!isFinal) append(status, `${statusText(task.status)}  ${task.task_id}`);
			if (progress !== undefined) append(progress.message, `${progress.percent} %  ${progress.message}`);
			for (const { key, ...row } of timelineRows(events, now()))
				append(`${redriveCount} ${key} ${row.status}`, rowText(row));
			for (const text of [...optional(waitingText(task)), ...optional(approvalText(task, url))])
				append(text, text);
			if (isFinal) append(status, `${statusText(task.status)}  ${task.task_id}`);
		},
	};
}

function optional<Value>(value: Value | undefined): Value[] {
	return value === undefined ? [] : [value];
}

/** Cuts a line to the width of the terminal, without its colours if it must be cut. */
function truncate(line: string, columns: number): string {
	const plain = stripVTControlCharacters(line);
	return plain.length <= columns ? line : `${plain.slice(0, Math.max(0, columns - 1))}…`;
}
