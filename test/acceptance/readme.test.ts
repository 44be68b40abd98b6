import { execFile } from 'node:child_process';
import { access, glob, readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { promisify } from 'node:util';
import { test } from 'tap';
import { startChildStack } from '../support/child-stack.ts';

const PROJECT = resolve(import.meta.dirname, '../..');

/** The curl commands of a README: in code blocks and inline in tables. */
async function curls(file: string): Promise<string[]> {
	const text = (await readFile(resolve(PROJECT, file), 'utf8')).replaceAll('\\\n', '');
	const alone = [...text.matchAll(/^ {4}(curl .*)$/gm)].map(([, command = '']) => command);
	const inTables = [...text.matchAll(/`(curl [^`]*)`/g)].map(([, command = '']) => command);
	return [...alone, ...inTables];
}

test('every curl command of the READMEs succeeds', async (t) => {
	const stack = await startChildStack(t, { PORT: '0', AUTH: 'none' });
	const { port } = new URL(stack.url);
	let taskId = '';
	for (const file of [
		'README.md',
		...['greeting', 'process-channels', 'order', 'release'].map((name) => `src/workflows/${name}/README.md`),
	]) {
		const commands = await curls(file);
		t.ok(commands.length > 0, file);
		for (const command of commands) {
			const here = command.replaceAll('localhost:4000', `localhost:${port}`).replaceAll('<task_id>', taskId);
			const { stdout } = await promisify(execFile)('bash', ['-c', `${here} -w '\n%{http_code}'`], {
				cwd: PROJECT,
			});
			const status = Number(stdout.slice(stdout.lastIndexOf('\n')));
			// Cancel, redrive and rerun depend on whether the task has ended by now.
			const expected = /\/(cancel|redrive|rerun)$/.test(command) ? [202, 409] : [200, 201, 202];
			t.ok(expected.includes(status), `${command}: ${stdout.slice(0, 200)}`);
			taskId = /"task_id":"([^"]+)"/.exec(stdout)?.[1] ?? taskId;
		}
	}
});

/** The `npm run task` and `npx task-api` commands of a README. */
async function taskCommands(file: string): Promise<string[]> {
	const text = await readFile(resolve(PROJECT, file), 'utf8');
	return [...text.matchAll(/^ {4}(?:npm run task --|npx task-api) (.*?)(?: +#.*)?$/gm)].map(
		([, command = '']) => command,
	);
}

test('every command line of the READMEs succeeds', async (t) => {
	const stack = await startChildStack(t, { PORT: '0', AUTH: 'none' });
	const { NODE_OPTIONS: _, ...inherited } = process.env;
	const env = { ...inherited, TASK_API_URL: stack.url };
	const run = async (command: string) => {
		const program = `"${process.execPath}" src/cli/bin.cjs ${command}`;
		return (await promisify(execFile)('bash', ['-c', program], { cwd: PROJECT, env })).stdout;
	};
	let taskId = '';
	for (const file of ['README.md', 'src/cli/README.md']) {
		const commands = await taskCommands(file);
		t.ok(commands.length > 1, file);
		for (const command of commands) {
			const stdout = await run(command.replaceAll('<task_id>', taskId));
			taskId = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/.exec(stdout)?.[0] ?? taskId;
			t.ok(stdout.length > 0, command);
		}
	}
});

test('the links and npm scripts of the READMEs exist', async (t) => {
	const { scripts } = JSON.parse(await readFile(resolve(PROJECT, 'package.json'), 'utf8'));
	for await (const file of glob('{README.md,src/**/*.md}', {
		cwd: PROJECT,
		exclude: ['**/node_modules/**'],
	})) {
		const text = await readFile(resolve(PROJECT, file), 'utf8');
		for (const [, link = ''] of text.matchAll(/\]\((?!https?:|#)([^)#]+)/g))
			await t.resolves(access(resolve(PROJECT, dirname(file), link)), `${file}: ${link}`);
		for (const [, name = ''] of text.matchAll(/\bnpm run ([\w-]+)/g))
			t.ok(Object.hasOwn(scripts, name), `${file}: npm run ${name}`);
	}
});
