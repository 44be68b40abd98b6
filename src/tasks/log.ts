/** Members of a log line. Ids are snake_case, as in the API. */
export type LogFields = Readonly<Record<string, unknown>>;

/** Writes structured log lines. A field named `error` keeps its stack and causes. */
export interface Log {
	info(message: string, fields?: LogFields): void;
	warn(message: string, fields?: LogFields): void;
	error(message: string, fields?: LogFields): void;
	/** Returns a log whose lines contain these fields too; the parent is unchanged. */
	with(fields: LogFields): Log;
}
