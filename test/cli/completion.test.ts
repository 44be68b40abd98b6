import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod } from 'node:fs/promises';
import { delimiter, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { test } from 'tap';
import { startHttpReceiver } from '../support/http-receiver.ts';
import { runTaskApi } from '../support/run-task-api.ts';

const PROGRAM = resolve(import.meta.dirname, '../../src/cli/bin.cjs');

/** Debian's package bash-completion, where it is installed. */
const BASH_COMPLETION = '/usr/share/bash-completion/bash_completion';

/** The function of bash-completion that the script calls, for machines without the package. */
const WORDS_OF_THE_LINE =
	'_get_comp_words_by_ref() { cword=$COMP_CWORD; words=("${COMP_WORDS[@]}"); cur=${words[cword]}; prev=${words[cword-1]}; }';

test('bash completes commands, options, statuses and task types', async (t) => {
	const { url } = await startHttpReceiver(t, (response) => {
		response.setHeader('content-type', 'application/json');
		response.end(
			JSON.stringify({ types: [{ type: 'greeting', description: 'Greets.' }, { type: 'order' }] }),
		);
	});
	const folder = t.testdir({ 'task-api': `#!/bin/sh\nexec "${process.execPath}" "${PROGRAM}" "$@"\n` });
	await chmod(join(folder, 'task-api'), 0o755);
	const { NODE_OPTIONS: _, ...environment } = process.env;
	const completed = async (...words: readonly string[]): Promise<readonly string[]> => {
		const script = [
			existsSync(BASH_COMPLETION) ? `source ${BASH_COMPLETION}` : WORDS_OF_THE_LINE,
			'source <(task-api completion bash)',
			'complete -p task-api >&2',
			`COMP_WORDS=(task-api ${words.map((word) => `'${word}'`).join(' ')})`,
			`COMP_CWORD=${words.length}`,
			`COMP_LINE='task-api ${words.join(' ')}'`,
			'COMP_POINT=${#COMP_LINE}',
			'__task_api_complete 2>/dev/null',
			'printf "%s\\n" "${COMPREPLY[@]}"',
		].join('\n');
		const { stdout, stderr } = await promisify(execFile)('bash', ['-c', script], {
			env: {
				...environment,
				TASK_API_URL: url,
				PATH: [folder, process.env['PATH']].join(delimiter),
			},
		});
		t.match(stderr, /complete -F __task_api_complete task-api/, 'the script registers its function');
		return stdout.trim().split('\n');
	};
	t.strictSame(await completed('re'), ['rerun', 'redrive', 'reject']);
	t.strictSame(await completed('list', '--created'), ['--created-after', '--created-before']);
	t.strictSame(await completed('list', '--status', 'F'), ['FAILED']);
	t.strictSame(await completed('run', ''), ['greeting', 'order']);
});

test('each shell has a script that names the program', async (t) => {
	const table = [
		['bash', /complete -F __task_api_complete task-api/],
		['zsh', /#compdef task-api/],
		['fish', /complete -c task-api/],
	] as const;
	for (const [shell, line] of table) {
		const { code, stdout } = await runTaskApi(['completion', shell], {});
		t.equal(code, 0);
		t.match(stdout, line);
	}
});
