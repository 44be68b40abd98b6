import { type Command, CommanderError, createCommand, InvalidArgumentError, Option } from 'commander';
import { type ClientOptions, createClient, TaskApiError } from '../client/index.ts';
import type { CliContext, GlobalOptions, Io } from './cli-context.ts';
import { checkHealth } from './commands/doctor-command.ts';
import { showLogs } from './commands/log-commands.ts';
import * as tasks from './commands/task-commands.ts';
import { showTypes } from './commands/type-commands.ts';
import { addCompletion } from './completion.ts';
import { EXIT_CODES, EXIT_CODES_HELP, exitCodeOf } from './exit-codes.ts';

const DEFAULT_URL = 'http://localhost:4000';
const DEFAULT_REGION = 'us-east-1';
const DEFAULT_LIMIT = 20;

const STATUSES = ['PENDING', 'RUNNING', 'SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED'] as const;

const EXAMPLES = `Examples:
  task-api run greeting --data '{"name":"Ada"}' --wait
  task-api list --status FAILED
  task-api redrive 019a2f4e-6f00-7c3d-9a51-2b7e4c8d1f60 --wait
  source <(task-api completion bash)`;

/** Runs a command line, without the names of the program, and resolves to the exit code. */
export async function runCli(commandLine: readonly string[], io: Io): Promise<number> {
	let exitCode: number = EXIT_CODES.success;
	const program = createProgram(io, (code) => (exitCode = code));
	try {
		addCompletion(program, () => contextOf(program, io, { maxAttempts: 1 }));
		await program.parseAsync(commandLine, { from: 'user' });
		return exitCode;
	} catch (error) {
		if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT_CODES.success : EXIT_CODES.usage;
		if (io.signal.aborted) {
			io.writeError('Interrupted. The task goes on; `task-api watch <id>` follows it.\n');
			return EXIT_CODES.interrupted;
		}
		const { json = false, url } = program.opts<GlobalOptions>();
		io.writeError(json ? errorJson(error) : `${errorText(error, url)}\n`);
		return exitCodeOf(error);
	}
}

function errorText(error: unknown, url: string): string {
	if (!(error instanceof TaskApiError)) return error instanceof Error ? error.message : String(error);
	if (error.code === 'wait-timeout') return error.detail;
	if (error.code === 'network')
		return `${url} does not respond: ${error.detail}\nStart the local stack with \`npm start\`, or set --url or TASK_API_URL.`;
	const hint =
		error.status === 401
			? '\nSet --token or TASK_API_TOKEN; on the laptop POST /_local/tokens issues one.'
			: '';
	const requestId = error.requestId === undefined ? '' : `\nrequest id: ${error.requestId}`;
	return `${error.message}${hint}${requestId}`;
}

function errorJson(error: unknown): string {
	const message = error instanceof Error ? error.message : String(error);
	if (!(error instanceof TaskApiError)) return `${JSON.stringify({ error: { message } }, null, 2)}\n`;
	const { status, code, detail, errors, requestId } = error;
	const members = { message, status, code, detail, errors, request_id: requestId };
	return `${JSON.stringify({ error: members }, null, 2)}\n`;
}

function contextOf(program: Command, io: Io, settings: Pick<ClientOptions, 'maxAttempts'> = {}): CliContext {
	const options = program.opts<GlobalOptions>();
	const url = options.url.replace(/\/+(v1\/?)?$/, '');
	const client = createClient({ baseUrl: url, token: options.token, ...settings });
	return { io, options: { ...options, url }, client };
}

type Action<Args extends readonly unknown[]> = (context: CliContext, ...args: Args) => Promise<number>;

function createProgram(io: Io, setExitCode: (code: number) => void): Command {
	const program = createCommand('task-api')
		.description('Creates tasks, follows them and controls them.')
		.addOption(new Option('--url <url>', 'URL of the API').env('TASK_API_URL').default(DEFAULT_URL))
		.addOption(new Option('--token <token>', 'bearer token').env('TASK_API_TOKEN'))
		.option('--json', 'print JSON')
		.helpCommand('help [command]', 'show the help of a command')
		.addHelpText('after', `\n${EXIT_CODES_HELP}\n\n${EXAMPLES}`)
		.configureHelp({ showGlobalOptions: true })
		.configureOutput({ writeOut: io.write, writeErr: io.writeError })
		.showHelpAfterError('(--help lists commands and options)')
		.exitOverride();
	/** Runs the action of a command with the context that its options determine. */
	const run =
		<Args extends readonly unknown[]>(action: Action<Args>) =>
		async (...args: Args): Promise<void> =>
			setExitCode(await action(contextOf(program, io), ...args));

	addCreation(program, run);
	addReading(program, run);
	addControl(program, run);
	addService(program, run);
	return program;
}

type Run = <Args extends readonly unknown[]>(action: Action<Args>) => (...args: Args) => Promise<void>;

const ID = 'id of the task';

function waitable(command: Command): Command {
	return command
		.option('--wait', 'follow the task to its end')
		.option('--timeout <seconds>', 'with --wait: stop waiting after this time', parsePositive);
}

function addCreation(program: Command, run: Run): void {
	waitable(
		program
			.command('run')
			.summary('create a task')
			.description('Creates a task and shows it; with --wait follows it to its end and shows its result.')
			.argument('<type>', 'type of the task')
			.option('--data <json>', 'file with the data, - for stdin, or the JSON itself')
			.option('--tag <key:value>', 'tag of the task; can be repeated', parseTag)
			.option('--key <key>', 'idempotency key: the same key and data return the same task')
			.option('--delay <seconds>', 'start the task after this time', parsePositive)
			.option('--run-at <time>', 'start the task at this RFC 3339 time'),
	)
		.option('--approve', 'with --wait: approve the task when it waits for an answer')
		.action(run((context, type: string, options: tasks.RunOptions) => tasks.runTask(context, type, options)));
	waitable(
		program
			.command('rerun')
			.summary('create a task with the data of a finished one')
			.description('Creates a new task with the type, data and tags of a finished one.')
			.argument('<id>', ID),
	).action(
		run((context, id: string, options: tasks.WaitingOptions) => tasks.rerunTask(context, id, options)),
	);
}

function addReading(program: Command, run: Run): void {
	program
		.command('get')
		.summary('show a task')
		.description('Shows a task with its result or error.')
		.argument('<id>', ID)
		.action(run((context, id: string) => tasks.getTask(context, id)));
	program
		.command('list')
		.summary('list tasks')
		.description('Lists tasks, newest first.')
		.addOption(new Option('--status <status>', 'only tasks with this status').choices(STATUSES))
		.option('--type <type>', 'only tasks of this type')
		.option('--tag <key:value>', 'only tasks with this tag')
		.option('--scheduled', 'only tasks that wait for the time of their start')
		.option('--created-after <time>', 'only tasks created after this RFC 3339 time')
		.option('--created-before <time>', 'only tasks created before this RFC 3339 time')
		.option('--limit <number>', 'maximum number of tasks', parsePositive, DEFAULT_LIMIT)
		.action(run((context, options: tasks.ListOptions) => tasks.listTasks(context, options)));
	program
		.command('watch')
		.summary('follow a task to its end')
		.description('Shows the timeline of a task until it has finished, then its result or error.')
		.argument('<id>', ID)
		.option('--timeout <seconds>', 'stop watching after this time', parsePositive)
		.action(
			run((context, id: string, options: tasks.WaitingOptions) => tasks.watchTask(context, id, options)),
		);
	program
		.command('events')
		.summary('show the timeline of a task')
		.description('Shows the visits to states of a task, with durations, attempts and errors.')
		.argument('<id>', ID)
		.action(run((context, id: string) => tasks.showEvents(context, id)));
	program
		.command('logs')
		.summary('show the log lines about a task')
		.description(
			'Shows the log lines of all functions about a task: those of the local stack, or with --stage those in CloudWatch.',
		)
		.argument('<id>', ID)
		.option('--stage <stage>', 'a deployed stage: dev, staging, prod or review-<number>')
		.option('--region <region>', 'its AWS region', DEFAULT_REGION)
		.action(run(showLogs));
	program
		.command('types')
		.summary('list the task types')
		.description('Lists the task types, or shows the schemas of one.')
		.argument('[type]', 'type of the task')
		.action(run((context, type: string | undefined) => showTypes(context, type)));
}

function addControl(program: Command, run: Run): void {
	waitable(
		program
			.command('cancel')
			.summary('cancel a task')
			.description('Requests the cancellation of a task.')
			.argument('<id>', ID)
			.option('--reason <text>', 'becomes the message of the task’s error'),
	).action(
		run((context, id: string, options: tasks.CancelOptions) => tasks.cancelTask(context, id, options)),
	);
	waitable(
		program
			.command('redrive')
			.summary('resume a failed task')
			.description('Resumes a failed, timed-out or cancelled task in the state where it ended.')
			.argument('<id>', ID),
	).action(
		run((context, id: string, options: tasks.WaitingOptions) => tasks.redriveTask(context, id, options)),
	);
	for (const [name, status] of [
		['approve', 'success'],
		['reject', 'failure'],
	] as const)
		waitable(
			program
				.command(name)
				.summary(`${name} a task that waits for an answer`)
				.description(`Answers the callback of a waiting task with ${status}.`)
				.argument('<id>', ID)
				.option('--comment <text>', 'message of the answer'),
		)
			.addOption(
				new Option('--callback-token <token>', 'credential; default: your own').env(
					'TASK_API_CALLBACK_TOKEN',
				),
			)
			.action(
				run((context, id: string, options: tasks.AnswerOptions) =>
					tasks.answerTask(context, id, status, options),
				),
			);
}

function addService(program: Command, run: Run): void {
	program
		.command('doctor')
		.summary('check the API, or a stage on AWS')
		.description(
			'Checks the API step by step, up to a task that runs to its end; with --stage also the stage’s resources on AWS.',
		)
		.option('--stage <stage>', 'a deployed stage: dev, staging, prod or review-<number>')
		.option('--region <region>', 'its AWS region', DEFAULT_REGION)
		.action(run(checkHealth));
	program
		.command('open')
		.summary('open the console in the browser')
		.description('Opens the console in the browser and prints its URL.')
		.action(run(openConsole));
}

async function openConsole({ io, options }: CliContext): Promise<number> {
	const url = `${options.url}/console`;
	io.write(options.json === true ? `${JSON.stringify({ url })}\n` : `${url}\n`);
	await io.openUrl(url);
	return EXIT_CODES.success;
}

function parsePositive(text: string): number {
	if (!/^[0-9]{1,9}$/.test(text) || Number(text) === 0)
		throw new InvalidArgumentError('Expected a whole number above 0.');
	return Number(text);
}

function parseTag(text: string, previous: Readonly<Record<string, string>> = {}): Record<string, string> {
	const [, key, value] = /^([^:]+):(.*)$/s.exec(text) ?? [];
	if (key === undefined || value === undefined) throw new InvalidArgumentError('Expected key:value.');
	return { ...previous, [key]: value };
}
