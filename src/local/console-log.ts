import { styleText } from 'node:util';
import { REPEATED_LOG_MEMBERS } from '../cli/repeated-log-members.ts';
import type { Log, LogFields } from '../local-aws/index.ts';
import { type Level, type LogEntry, toLogEntry } from './log-entry.ts';

/** The form of a log line: for people, or one JSON object. */
export type LogFormat = 'text' | 'json';

/** Dependencies of {@link createConsoleLog}. */
export interface ConsoleLogOptions {
	readonly format: LogFormat;
	/** Writes one line, without its line break. */
	readonly write: (line: string) => void;
	readonly now: () => number;
}

const COLOURS = { INFO: 'reset', WARN: 'yellow', ERROR: 'red' } as const satisfies Record<Level, string>;

/** Creates a log of one line per message: for a terminal, or as JSON for programs. */
export function createConsoleLog({ format, write, now }: ConsoleLogOptions): Log {
	const log =
		(level: Level) =>
		(message: string, fields: LogFields = {}) => {
			const entry = toLogEntry(level, message, fields, now());
			write(format === 'json' ? jsonOf(entry) : textOf(entry));
		};
	return { info: log('INFO'), warn: log('WARN'), error: log('ERROR') };
}

function jsonOf({ fields, ...entry }: LogEntry): string {
	const { error, ...rest } = fields;
	const own = error instanceof Error ? { error: { name: error.name, stack: stackOf(error) } } : { error };
	return JSON.stringify({ ...entry, ...rest, ...own });
}

/** The start of a UUIDv7 is the time, which tasks share; its end is random. */
const SHORT_ID_LENGTH = 8;

const FUNCTION_WIDTH = 20;

/** Time, function, end of the task id, message, and the remaining members. */
function textOf({ timestamp, level, function: name = '-', message, fields }: LogEntry): string {
	const { task_id: taskId, error, ...rest } = fields;
	const id = typeof taskId === 'string' ? `…${taskId.slice(-SHORT_ID_LENGTH)}` : '';
	const members = Object.entries(rest)
		.filter(([member]) => !REPEATED_LOG_MEMBERS.has(member))
		.map(([member, value]) => `${member}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
	const head = `${timestamp.slice(11, 23)} ${name.padEnd(FUNCTION_WIDTH)} ${id.padEnd(SHORT_ID_LENGTH + 1)}`;
	const stack = error === undefined ? '' : `\n${stackOf(error)}`;
	return [
		styleText('dim', head),
		styleText(COLOURS[level], message),
		...members.map((member) => styleText('dim', member)),
	]
		.join(' ')
		.concat(stack);
}

/** The stack of an error, or of the object that Powertools writes for one. */
function stackOf(error: unknown): string {
	const { stack, message } = Object(error);
	if (typeof stack === 'string') return stack;
	return typeof message === 'string' ? message : JSON.stringify(error);
}
