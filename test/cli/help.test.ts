import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { test } from 'tap';
import { EXIT_CODES, EXIT_CODES_HELP } from '../../src/cli/exit-codes.ts';
import { runCli } from '../../src/cli/program.ts';
import { runTaskApi } from '../support/run-task-api.ts';
import { createTestIo } from './test-io.ts';

const PROJECT = resolve(import.meta.dirname, '../..');

/** The names of the commands that a help text lists. */
const commandsOf = (help: string) => {
	const [, list = ''] = /Commands:\n([^]*?)\n\n/.exec(help) ?? [];
	return [...list.matchAll(/^ {2}(\w+)/gm)].map(([, name = '']) => name);
};

test('the help lists every command, option, variable and exit code', async (t) => {
	const { code, stdout, stderr } = await runTaskApi(['--help'], {});
	t.match({ code, stderr }, { code: 0, stderr: '' });
	const commands =
		'approve cancel completion doctor events get help list logs open redrive reject rerun run types watch';
	t.strictSame(commandsOf(stdout).toSorted(), commands.split(' '));
	for (const text of ['TASK_API_URL', 'TASK_API_TOKEN', '--json', EXIT_CODES_HELP])
		t.ok(stdout.includes(text), text);
	for (const exitCode of Object.values(EXIT_CODES))
		t.match(EXIT_CODES_HELP, new RegExp(`^  ${exitCode} +\\w`, 'm'));
	t.equal((await runTaskApi([], {})).code, 2, 'without a command');
});

test('each command has a help text with its options and the global ones', async (t) => {
	const { stdout: help } = await runTaskApi(['--help'], {});
	for (const command of commandsOf(help).filter((name) => name !== 'help')) {
		const { io, output } = createTestIo();
		t.equal(await runCli([command, '--help'], io), 0, command);
		t.match(output(), new RegExp(`^Usage: task-api ${command} [^]*Global Options:[^]*--token`));
	}
	t.match((await runTaskApi(['help', 'run'], {})).stdout, /--approve/);
});

test('a Node without type stripping prints one line', async (t) => {
	const { NODE_OPTIONS: _, ...env } = process.env;
	const program = promisify(execFile)(
		process.execPath,
		['--no-strip-types', resolve(PROJECT, 'src/cli/bin.cjs'), 'list'],
		{ env },
	);
	await t.rejects(program, {
		code: 2,
		stdout: '',
		stderr: /^task-api needs Node 22\.18 or later; this is v.*\n$/,
	});
});

test('npx and npm run start the program in the clone', async (t) => {
	const { NODE_OPTIONS: _, ...env } = process.env;
	const options = { cwd: PROJECT, env };
	const { stdout: help } = await promisify(execFile)('npx', ['task-api', '--help'], options);
	t.match(help, /^Usage: task-api /);
	const commandLine = ['run', '--silent', 'task', '--', '--help'];
	t.equal((await promisify(execFile)('npm', commandLine, options)).stdout, help);
});

test('the README names every command and every exit code', async (t) => {
	const readme = await readFile(resolve(PROJECT, 'src/cli/README.md'), 'utf8');
	const { stdout } = await runTaskApi(['--help'], {});
	for (const command of commandsOf(stdout).filter((name) => name !== 'help'))
		t.ok(readme.includes(`\`${command}`), command);
	for (const exitCode of Object.values(EXIT_CODES)) t.match(readme, new RegExp(`^\\| ${exitCode} \\|`, 'm'));
});
