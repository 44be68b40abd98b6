import { readdirSync } from 'node:fs';
import tab from '@bomb.sh/tab/commander';
import type { Command } from 'commander';
import { type CliContext, collect } from './cli-context.ts';

/** A value that the shell offers. */
interface Suggestion {
	readonly value: string;
	readonly description: string;
}

/** The commands whose argument is the id of a task. */
const COMMANDS_OF_A_TASK: ReadonlySet<string> = new Set([
	'get',
	'watch',
	'events',
	'logs',
	'cancel',
	'redrive',
	'rerun',
	'approve',
	'reject',
]);

/** The commands whose argument is a task type. */
const COMMANDS_OF_A_TYPE: ReadonlySet<string> = new Set(['run', 'types']);

const MAX_SUGGESTED_TASKS = 20;

/** A shell that waits longer for suggestions seems to hang. */
const MAX_READ_MS = 3000;

/**
 * Adds `completion <shell>`, which prints a script for the shell, and the hidden `complete`, which the script calls.
 * Task ids and types are read from the API; without a response, the shell suggests nothing.
 */
export function addCompletion(program: Command, context: () => CliContext): void {
	const root = tab(program, { completionCommandName: 'completion' });
	program.commands
		.find((command) => command.name() === 'completion')
		?.description('print a script that completes commands, for a shell');
	const dataOption = root.commands.get('run')?.options.get('data');
	if (dataOption !== undefined) dataOption.handler = (complete) => offer(jsonFiles())(complete);
	program.hook('preAction', async (_program, action) => {
		const [command = ''] = action.args;
		if (action.name() !== 'complete') return;
		const completed = root.commands.get(command);
		if (COMMANDS_OF_A_TASK.has(command))
			completed?.argument('id', offer(await suggest(() => recentTasks(context()))));
		if (COMMANDS_OF_A_TYPE.has(command))
			completed?.argument('type', offer(await suggest(() => taskTypes(context()))));
	});
}

function offer(suggestions: readonly Suggestion[]) {
	return (complete: (value: string, description: string) => void): void => {
		for (const { value, description } of suggestions) complete(value, description);
	};
}

async function suggest(read: () => Promise<readonly Suggestion[]>): Promise<readonly Suggestion[]> {
	try {
		return await read();
	} catch {
		return [];
	}
}

async function recentTasks({ client }: CliContext): Promise<readonly Suggestion[]> {
	const signal = AbortSignal.timeout(MAX_READ_MS);
	const tasks = await collect(client.list({ limit: MAX_SUGGESTED_TASKS }, { signal }), MAX_SUGGESTED_TASKS);
	return tasks.map(({ task_id: value, type, status }) => ({ value, description: `${type} ${status}` }));
}

async function taskTypes({ client }: CliContext): Promise<readonly Suggestion[]> {
	const types = await client.types({ signal: AbortSignal.timeout(MAX_READ_MS) });
	return types.map(({ type: value, description }) => ({ value, description }));
}

function jsonFiles(): readonly Suggestion[] {
	const files = readdirSync('.').filter((name) => name.endsWith('.json'));
	return ['-', ...files].map((value) => ({ value, description: value === '-' ? 'stdin' : 'file' }));
}
