import { styleText } from 'node:util';
import { type CliContext, print } from '../cli-context.ts';
import { CliError, EXIT_CODES } from '../exit-codes.ts';
import { REPEATED_LOG_MEMBERS } from '../repeated-log-members.ts';

/** Options of `logs`. */
export interface LogOptions {
	readonly stage?: string;
	readonly region: string;
}

/** One line of a log. */
export interface TaskLogLine {
	readonly timestamp: string;
	readonly level: string;
	readonly function: string;
	readonly message: string;
	readonly fields: Readonly<Record<string, unknown>>;
}

/** Shows the log lines of all functions about a task: those of a deployed stage, or those of the local stack. */
export async function showLogs(
	context: CliContext,
	taskId: string,
	{ stage, region }: LogOptions,
): Promise<number> {
	const lines =
		stage === undefined ? await readLocal(context, taskId) : await readStage(context, stage, region, taskId);
	print(
		context,
		lines,
		lines.length === 0 ? `No log lines about task ${taskId}.` : lines.map(lineText).join('\n'),
	);
	return EXIT_CODES.success;
}

async function readStage(
	{ io }: CliContext,
	stage: string,
	region: string,
	taskId: string,
): Promise<readonly TaskLogLine[]> {
	// Loaded only here: the AWS SDK would delay every other command.
	const { readTaskLogs } = await import('../../deploy/task-logs.ts');
	return readTaskLogs({ stage, region, taskId, now: io.now, wait: io.sleep });
}

async function readLocal({ io, options }: CliContext, taskId: string): Promise<readonly TaskLogLine[]> {
	const response = await fetch(`${options.url}/_local/logs?task_id=${encodeURIComponent(taskId)}`, {
		signal: io.signal,
	}).catch((error: unknown) => {
		io.signal.throwIfAborted();
		throw new CliError(EXIT_CODES.unavailable, `${options.url} does not respond: ${causeOf(error)}`);
	});
	const body: unknown = response.ok ? await response.json() : undefined;
	const { lines } = Object(body);
	if (!Array.isArray(lines))
		throw new CliError(
			EXIT_CODES.rejected,
			`${options.url} is not a local stack. For a deployed stage, add --stage <stage>.`,
		);
	return lines.map(toLine);
}

function causeOf(error: unknown): string {
	const { message, cause } = Object(error);
	return cause instanceof Error ? cause.message || String(Object(cause).code) : String(message);
}

function toLine(line: unknown): TaskLogLine {
	const { timestamp, level, function: name, message, fields } = Object(line);
	return {
		timestamp: String(timestamp),
		level: String(level),
		function: name === undefined ? '-' : String(name),
		message: String(message),
		fields: { ...fields },
	};
}

const LEVEL_COLOURS: Readonly<Record<string, 'yellow' | 'red'>> = {
	WARN: 'yellow',
	ERROR: 'red',
	CRITICAL: 'red',
};

const FUNCTION_WIDTH = 24;

function lineText({ timestamp, level, function: name, message, fields }: TaskLogLine): string {
	const colour = LEVEL_COLOURS[level];
	const { error, ...rest } = fields;
	const members = Object.entries(rest)
		.filter(([member]) => member !== 'task_id' && !REPEATED_LOG_MEMBERS.has(member))
		.map(([member, value]) => `${member}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
	const { stack } = Object(error);
	return [
		styleText('dim', `${timestamp.slice(11, 23)} ${name.padEnd(FUNCTION_WIDTH)}`),
		colour === undefined ? message : styleText(colour, message),
		...members.map((member) => styleText('dim', member)),
	]
		.join(' ')
		.concat(typeof stack === 'string' ? `\n${stack}` : '');
}
