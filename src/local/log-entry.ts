import * as Type from 'typebox';
import type { LogFields } from '../local-aws/index.ts';
import { matches } from '../parse.ts';

/** The level of a log line. */
export type Level = 'INFO' | 'WARN' | 'ERROR';

/** One line of the log, of the stack or of a function. */
export interface LogEntry {
	readonly timestamp: string;
	readonly level: Level;
	/** The function's name; absent for the stack's own lines. */
	readonly function: string | undefined;
	readonly message: string;
	readonly fields: LogFields;
}

/** A line that a function has written with Powertools' logger. */
const FunctionLine = Type.Object({
	level: Type.String(),
	message: Type.String(),
	timestamp: Type.Optional(Type.String()),
});

const STAGE_PREFIX = /^task-api-local-/;

/** Builds the entry of a line; the members of JSON that a function has written become its fields. */
export function toLogEntry(
	level: Level,
	message: string,
	{ functionName, ...fields }: LogFields,
	nowMs: number,
): LogEntry {
	const entry = {
		timestamp: new Date(nowMs).toISOString(),
		level,
		function: typeof functionName === 'string' ? functionName.replace(STAGE_PREFIX, '') : undefined,
		message,
		fields,
	};
	return entry.function === undefined ? entry : withFunctionLine(entry);
}

/** Replaces an entry's text by the members of the JSON that a function has written. Other text stays as it is. */
function withFunctionLine(entry: LogEntry): LogEntry {
	const line = parsedOrUndefined(entry.message);
	if (!matches(FunctionLine, line)) return entry;
	const { level, message, timestamp = entry.timestamp, ...fields } = line;
	return {
		...entry,
		level: level === 'ERROR' || level === 'CRITICAL' ? 'ERROR' : level === 'WARN' ? 'WARN' : 'INFO',
		timestamp,
		message,
		fields: { ...entry.fields, ...fields },
	};
}

function parsedOrUndefined(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}
