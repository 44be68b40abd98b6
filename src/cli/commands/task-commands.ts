import { readFile } from 'node:fs/promises';
import { styleText } from 'node:util';
import { type CallbackAnswer, isFinished, type Task, type TaskFilter } from '../../client/index.ts';
import { type CliContext, collect, exitCodeOfTask, print } from '../cli-context.ts';
import { CliError, EXIT_CODES } from '../exit-codes.ts';
import { followTask } from '../follow-task.ts';
import { durationText, outcomeText, statusText, tableText, taskText } from '../task-text.ts';
import { rowText, timelineRows } from '../timeline.ts';

/** Options of commands that can wait for the end of a task. */
export interface WaitingOptions {
	readonly wait?: boolean;
	/** In seconds. */
	readonly timeout?: number;
}

/** Options of `run`. */
export interface RunOptions extends WaitingOptions {
	readonly data?: string;
	readonly tag?: Readonly<Record<string, string>>;
	readonly key?: string;
	/** In seconds. */
	readonly delay?: number;
	readonly runAt?: string;
	readonly approve?: boolean;
}

/** Creates a task of a type. @throws {@link CliError} if the options or the data are invalid. */
export async function runTask(context: CliContext, type: string, options: RunOptions): Promise<number> {
	const { client, io } = context;
	const { key, tag, delay, runAt, approve, wait } = options;
	if (approve === true && wait !== true) throw new CliError(EXIT_CODES.usage, '--approve requires --wait.');
	const data = await readData(context, options.data);
	const task = await client.create(
		{
			type,
			data: dataOf(data, type),
			...(tag === undefined ? {} : { tags: { ...tag } }),
			...(delay === undefined ? {} : { delay_seconds: delay }),
			...(runAt === undefined ? {} : { run_at: runAt }),
		},
		{ idempotencyKey: key, signal: io.signal },
	);
	return approve === true
		? showEnd(context, task, options, approveOnce(context))
		: showOrFollow(context, task, options);
}

/** Answers the callback of a task once, when it begins to wait for it. */
function approveOnce({ client, io }: CliContext): (task: Task) => Promise<void> {
	let approved = '';
	return async ({ waiting_for: waitingFor }) => {
		if (waitingFor === undefined || waitingFor.callback_key === approved) return;
		approved = waitingFor.callback_key;
		const answer = { status: 'success', message: 'Approved by task-api run --approve.' } as const;
		await client.answerCallback(approved, answer, { signal: io.signal });
	};
}

/** Reads JSON from a file, from stdin (`-`), or from the argument itself. @throws {@link CliError} if it is not JSON. */
async function readData({ io }: CliContext, source = '{}'): Promise<unknown> {
	const isInline = /^\s*[{[]/.test(source);
	const text = isInline ? source : source === '-' ? await io.readStdin() : await readDataFile(source);
	try {
		return JSON.parse(text);
	} catch (error) {
		const name = isInline ? '--data' : source === '-' ? 'stdin' : source;
		throw new CliError(EXIT_CODES.usage, `${name} is not JSON: ${Object(error).message}`);
	}
}

async function readDataFile(file: string): Promise<string> {
	try {
		return await readFile(file, 'utf8');
	} catch (error) {
		throw new CliError(EXIT_CODES.usage, `--data: cannot read ${file}: ${Object(error).message}`);
	}
}

/** The `data` of a file that holds a whole task, as the examples of the workflows do; otherwise the value itself. */
function dataOf(value: unknown, type: string): unknown {
	const { type: named, data, ...rest } = Object(value);
	const isTask = named === type && data !== undefined && Object.keys(rest).length === 0;
	return isTask ? data : value;
}

/** Shows a task. */
export async function getTask(context: CliContext, taskId: string): Promise<number> {
	const task = await context.client.get(taskId, { signal: context.io.signal });
	print(context, task, taskText(task));
	return EXIT_CODES.success;
}

/** Options of `list`. */
export interface ListOptions extends Pick<TaskFilter, 'status' | 'type' | 'tag'> {
	readonly createdAfter?: string;
	readonly createdBefore?: string;
	readonly scheduled?: true;
	readonly limit: number;
}

const MAX_PAGE_SIZE = 100;

/** Lists tasks, newest first. */
export async function listTasks(context: CliContext, options: ListOptions): Promise<number> {
	const { client, io } = context;
	const { status, type, tag, scheduled, createdAfter, createdBefore, limit } = options;
	const filter: TaskFilter = {
		...(status === undefined ? {} : { status }),
		...(type === undefined ? {} : { type }),
		...(tag === undefined ? {} : { tag }),
		...(scheduled === undefined ? {} : { scheduled: 'true' }),
		...(createdAfter === undefined ? {} : { created_after: createdAfter }),
		...(createdBefore === undefined ? {} : { created_before: createdBefore }),
		limit: Math.min(limit, MAX_PAGE_SIZE),
	};
	const tasks = await collect(client.list(filter, { signal: io.signal }), limit);
	const rows = tasks.map((task) => [
		task.task_id,
		task.type,
		statusText(task.status).trimEnd(),
		`${durationText(io.now() - Date.parse(task.created_at))} ago`,
		task.progress === undefined ? '' : `${task.progress.percent} %`,
		task.error?.code ?? (task.waiting_for === undefined ? '' : `waits for ${task.waiting_for.callback_key}`),
	]);
	print(context, tasks, rows.length === 0 ? 'No tasks match.' : tableText(rows));
	return EXIT_CODES.success;
}

/** Follows a task to its end. */
export async function watchTask(
	context: CliContext,
	taskId: string,
	options: WaitingOptions,
): Promise<number> {
	return showEnd(context, taskId, options);
}

/** Shows the visits to states of a task. */
export async function showEvents(context: CliContext, taskId: string): Promise<number> {
	const { client, io } = context;
	const events = await collect(client.events(taskId, { signal: io.signal }));
	const rows = timelineRows(events, io.now()).map(rowText);
	print(context, events, rows.length === 0 ? 'The task has not entered a state.' : rows.join('\n'));
	return EXIT_CODES.success;
}

/** Options of `cancel`. */
export interface CancelOptions extends WaitingOptions {
	readonly reason?: string;
}

/** Requests the cancellation of a task. With `--wait` the command succeeds if the task was cancelled. */
export async function cancelTask(
	context: CliContext,
	taskId: string,
	options: CancelOptions,
): Promise<number> {
	const { client, io } = context;
	const task = await client.cancel(taskId, { reason: options.reason, signal: io.signal });
	if (options.wait !== true) return showOrFollow(context, task, options);
	const ended = await followTask(context, taskId, { timeoutMs: millisecondsOf(options.timeout) });
	print(context, ended, outcomeText(ended));
	return ended.status === 'ABORTED' ? EXIT_CODES.success : EXIT_CODES.failed;
}

/** Resumes a failed task. */
export async function redriveTask(
	context: CliContext,
	taskId: string,
	options: WaitingOptions,
): Promise<number> {
	const task = await context.client.redrive(taskId, { signal: context.io.signal });
	return showOrFollow(context, task, options);
}

/** Creates a new task with the data of a finished one. */
export async function rerunTask(
	context: CliContext,
	taskId: string,
	options: WaitingOptions,
): Promise<number> {
	const task = await context.client.rerun(taskId, { signal: context.io.signal });
	return showOrFollow(context, task, options);
}

/** Options of `approve` and `reject`. */
export interface AnswerOptions extends WaitingOptions {
	readonly comment?: string;
	readonly callbackToken?: string;
}

/** Answers the callback that a task waits for. @throws {@link CliError} if it does not wait for one. */
export async function answerTask(
	context: CliContext,
	taskId: string,
	status: CallbackAnswer['status'],
	options: AnswerOptions,
): Promise<number> {
	const { client, io } = context;
	const { comment, callbackToken } = options;
	const { signal } = io;
	const task = await client.get(taskId, { signal });
	if (task.waiting_for === undefined)
		throw new CliError(
			EXIT_CODES.rejected,
			`Task ${taskId} does not wait for an answer: it is ${task.status}.`,
		);
	const { callback_key: callbackKey } = task.waiting_for;
	const answer = { status, ...(comment === undefined ? {} : { message: comment }) };
	const accepted = await client.answerCallback(callbackKey, answer, { callbackToken, signal });
	if (options.wait === true) return showEnd(context, taskId, options);
	const verb = status === 'success' ? 'Approved' : 'Rejected';
	print(context, accepted, `${verb} ${callbackKey} of task ${taskId}.`);
	return EXIT_CODES.success;
}

/** With `--wait` follows the task to its end; otherwise shows it. */
async function showOrFollow(context: CliContext, task: Task, options: WaitingOptions): Promise<number> {
	if (options.wait === true) return showEnd(context, task, options);
	const hint = isFinished(task) ? '' : `\n\n${styleText('dim', `task-api watch ${task.task_id}`)}`;
	print(context, task, `${taskText(task)}${hint}`);
	return EXIT_CODES.success;
}

async function showEnd(
	context: CliContext,
	reference: Task | string,
	{ timeout }: WaitingOptions,
	onTask?: (task: Task) => Promise<void>,
): Promise<number> {
	const timeoutMs = millisecondsOf(timeout);
	const task =
		typeof reference === 'string'
			? await followTask(context, reference, { timeoutMs, onTask })
			: await followTask(context, reference.task_id, { timeoutMs, onTask, created: reference });
	const outcome = outcomeText(task);
	print(context, task, outcome === '' ? '' : `\n${outcome}`);
	return exitCodeOfTask(task);
}

function millisecondsOf(seconds: number | undefined): number | undefined {
	return seconds === undefined ? undefined : seconds * 1000;
}
