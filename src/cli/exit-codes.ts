import { TaskApiError } from '../client/index.ts';

/** Exit codes of every command. */
export const EXIT_CODES = {
	success: 0,
	/** The task ended without success, a check failed, or the program has an error of its own. */
	failed: 1,
	/** Invalid command line or data file. */
	usage: 2,
	/** The API rejected the request: 4xx. */
	rejected: 3,
	/** No usable response, in any attempt. */
	unavailable: 4,
	/** The time of --timeout is over. The task goes on. */
	timeout: 5,
	/** Control-C. The task goes on. */
	interrupted: 130,
} as const;

/** The exit codes as text for `--help`. */
export const EXIT_CODES_HELP = `Exit codes:
  0    success; with --wait and in watch: the task succeeded
  1    the task failed, timed out or was cancelled, or a check failed
  2    invalid command line or data
  3    the API rejected the request
  4    the API did not respond or is unavailable
  5    the time of --timeout is over; the task goes on
  130  interrupted; the task goes on`;

/** An error of a command, with its exit code and a message for people. */
export class CliError extends Error {
	override readonly name = 'CliError';
	readonly exitCode: number;

	constructor(exitCode: number, message: string) {
		super(message);
		this.exitCode = exitCode;
	}
}

/** Returns the exit code for an error that a command threw. */
export function exitCodeOf(error: unknown): number {
	if (error instanceof CliError) return error.exitCode;
	if (!(error instanceof TaskApiError)) return EXIT_CODES.failed;
	if (error.code === 'wait-timeout') return EXIT_CODES.timeout;
	const isRejected = error.status >= 400 && error.status < 500 && error.status !== 429;
	return isRejected ? EXIT_CODES.rejected : EXIT_CODES.unavailable;
}
