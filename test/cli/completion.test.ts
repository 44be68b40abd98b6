import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod } from 'node:fs/promises';
import { delimiter, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { type Test, test } from 'tap';
import { startHttpReceiver } from '../support/http-receiver.ts';
import { runTaskApi } from '../support/run-task-api.ts';

const run = promisify(execFile);

const PROGRAM = resolve(import.meta.dirname, '../../src/cli/bin.cjs');

/** Debian's package bash-completion, where it is installed. */
const BASH_COMPLETION = '/usr/share/bash-completion/bash_completion';

/** The function of bash-completion that the script calls, for machines without the package. */
const WORDS_OF_THE_LINE =
	'_get_comp_words_by_ref() { cword=$COMP_CWORD; words=("${COMP_WORDS[@]}"); cur=${words[cword]}; prev=${words[cword-1]}; }';

/** Returns what zsh lists between the erasure of the screen below the line and the return to the line. */
function choicesOfZsh(output: string): readonly string[] {
	const parts = output.split('\u001b');
	const list = parts.find((part, index) => part.startsWith('[J') && parts[index + 1]?.startsWith('[A'));
	return list?.slice(2).trim().split(/\s+/) ?? [];
}

/** A zsh that takes longer hangs. */
const MAX_SHELL_MS = 120_000;

interface CompletionContext {
	readonly env: NodeJS.ProcessEnv;
}

/** Starts an API with two task types, and puts `task-api` on the PATH. */
async function prepareCompletion(t: Test): Promise<CompletionContext> {
	const { url } = await startHttpReceiver(t, (response) => {
		response.setHeader('content-type', 'application/json');
		response.end(
			JSON.stringify({ types: [{ type: 'greeting', description: 'Greets.' }, { type: 'order' }] }),
		);
	});
	const folder = t.testdir({ 'task-api': `#!/bin/sh\nexec "${process.execPath}" "${PROGRAM}" "$@"\n` });
	await chmod(join(folder, 'task-api'), 0o755);
	const { NODE_OPTIONS: _, ...environment } = process.env;
	return {
		env: { ...environment, TASK_API_URL: url, PATH: [folder, process.env['PATH']].join(delimiter) },
	};
}

/** Each shell with a function that returns its suggestions for the last word of a line. */
const SHELLS: Readonly<
	Record<string, (line: string, context: CompletionContext) => Promise<readonly string[]>>
> = {
	bash: async (line, { env }) => {
		const words = line.split(' ').slice(1);
		const script = [
			existsSync(BASH_COMPLETION) ? `source ${BASH_COMPLETION}` : WORDS_OF_THE_LINE,
			'source <(task-api completion bash)',
			`COMP_WORDS=(task-api ${words.map((word) => `'${word}'`).join(' ')})`,
			`COMP_CWORD=${words.length}`,
			`COMP_LINE='${line}'`,
			'COMP_POINT=${#COMP_LINE}',
			'$(complete -p task-api | grep -o "__task_api_complete") 2>/dev/null',
			'printf "%s\\n" "${COMPREPLY[@]}"',
		].join('\n');
		const { stdout } = await run('bash', ['-c', script], { env });
		return stdout.trim().split('\n');
	},
	// Completion in zsh belongs to its line editor, so a second zsh runs in a pseudo-terminal and lists its choices there.
	zsh: async (line, { env }) => {
		const setUp = [
			'PROMPT= LISTMAX=0 COLUMNS=500',
			'autoload -Uz compinit; compinit -u -D',
			'zstyle ":completion:*" verbose no',
			'source <(task-api completion zsh)',
			'mark() { print "<E""ND>" }; zle -N mark; bindkey "^X" mark; bindkey "^T" list-choices',
			'print "<REA""DY>"',
		].join('; ');
		const script = [
			'zmodload zsh/zpty',
			'zpty -b shell zsh -f -i',
			`zpty -w shell '${setUp}'`,
			"zpty -r -m shell output '*<READY>*'",
			`zpty -w -n shell '${line}'$'\\C-t\\C-x'`,
			"zpty -r -m shell output '*<END>*'",
			'print -r -- "$output"',
			'zpty -d shell',
		].join('\n');
		const { stdout } = await run('zsh', ['-f', '-c', script], { env, timeout: MAX_SHELL_MS });
		return choicesOfZsh(stdout);
	},
	fish: async (line, { env }) => {
		const script = `task-api completion fish | source; complete -C '${line}'`;
		const { stdout } = await run('fish', ['--no-config', '-c', script], { env });
		return stdout
			.trim()
			.split('\n')
			.map((suggestion) => suggestion.split('\t')[0] ?? '');
	},
};

for (const [shell, complete] of Object.entries(SHELLS)) {
	test(`${shell} completes commands, options, statuses and task types`, {
		skip: reasonToSkip(shell),
	}, async (t) => {
		const context = await prepareCompletion(t);
		const completed = async (line: string) => (await complete(line, context)).toSorted();
		t.strictSame(await completed('task-api re'), ['redrive', 'reject', 'rerun']);
		t.strictSame(await completed('task-api list --created'), ['--created-after', '--created-before']);
		t.strictSame(await completed('task-api list --status F'), ['FAILED']);
		t.strictSame(await completed('task-api run '), ['greeting', 'order']);
	});
}

/** Why the test of a shell is skipped on this machine; `false` if it runs. CI never skips it. */
function reasonToSkip(shell: string): string | false {
	const isInstalled = (process.env['PATH'] ?? '')
		.split(delimiter)
		.some((folder) => existsSync(join(folder, shell)));
	return isInstalled || process.env['CI'] === 'true' ? false : `${shell} is not installed`;
}

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
