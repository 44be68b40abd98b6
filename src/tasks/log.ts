/** Members of a log line. Ids are snake_case, as in the API. */
export type LogFields = Readonly<Record<string, unknown>>;

/** Structured log lines; `error` fields named `error` keep their stack and causes. */
export interface Log {
	info(message: string, fields?: LogFields): void;
	warn(message: string, fields?: LogFields): void;
	error(message: string, fields?: LogFields): void;
	/** A log whose every line carries these fields too; the parent stays as it is. */
	with(fields: LogFields): Log;
}
