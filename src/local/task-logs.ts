import type { Log, LogFields } from '../local-aws/index.ts';
import { type Level, type LogEntry, toLogEntry } from './log-entry.ts';

/** The latest log lines of functions and about tasks. */
export interface TaskLogs {
	/** Writes to `log` and keeps the lines that have a task id or come from a function. */
	readonly log: Log;
	/** Returns the lines about a task, oldest first. */
	linesOf(taskId: string): readonly LogEntry[];
	/** Returns the lines of a function, oldest first. */
	linesFrom(functionName: string): readonly LogEntry[];
}

/** Bounds the memory of a stack that runs for days. */
const MAX_LINES = 20_000;

/** Creates a log that also keeps the lines about tasks, for `GET /_local/logs`. */
export function createTaskLogs(log: Log, now: () => number): TaskLogs {
	const lines: LogEntry[] = [];
	const keep = (level: Level, message: string, fields: LogFields = {}) => {
		const entry = toLogEntry(level, message, fields, now());
		if (entry.function === undefined && typeof entry.fields['task_id'] !== 'string') return;
		// Metrics in CloudWatch's embedded format.
		if (entry.message.startsWith('{"_aws"')) return;
		lines.push(entry);
		if (lines.length > MAX_LINES) lines.splice(0, MAX_LINES / 10);
	};
	return {
		log: {
			info(message, fields) {
				log.info(message, fields);
				keep('INFO', message, fields);
			},
			warn(message, fields) {
				log.warn(message, fields);
				keep('WARN', message, fields);
			},
			error(message, fields) {
				log.error(message, fields);
				keep('ERROR', message, fields);
			},
		},
		linesFrom: (functionName) => lines.filter((entry) => entry.function === functionName),
		linesOf: (taskId) =>
			lines
				.filter(({ fields }) => fields['task_id'] === taskId.toLowerCase())
				.toSorted((a, b) => (a.timestamp < b.timestamp ? -1 : a.timestamp > b.timestamp ? 1 : 0)),
	};
}
