/** Members of a log line. */
export type LogFields = Readonly<Record<string, unknown>>;

/** Receives the log output of the functions and of the emulator itself. */
export interface Log {
	info(message: string, fields?: LogFields): void;
	warn(message: string, fields?: LogFields): void;
	/** A field named `error` holds the error itself. */
	error(message: string, fields?: LogFields): void;
}

/** Discards all log output. */
export const SILENT: Log = { info() {}, warn() {}, error() {} };
