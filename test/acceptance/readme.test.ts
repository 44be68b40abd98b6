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
			const expected = /\/(cancel|redrive|rerun)$/.test(command) ? [202, 409] : [200, 202];
			t.ok(expected.includes(status), `${command}: ${stdout.slice(0, 200)}`);
			taskId = /"task_id":"([^"]+)"/.exec(stdout)?.[1] ?? taskId;
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
