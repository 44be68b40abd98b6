import { join } from 'node:path';
import { test } from 'tap';
import { runTaskApi } from '../support/run-task-api.ts';

test('without an API', async (t) => {
	const nowhere = { TASK_API_URL: 'http://127.0.0.1:1' };
	const list = await runTaskApi(['list'], nowhere);
	t.match(list, { code: 4, stdout: '' });
	t.match(
		list.stderr,
		/^http:\/\/127\.0\.0\.1:1 does not respond: .*\nStart the local stack with `npm start`/,
	);
	t.equal((await runTaskApi(['logs', 'x'], nowhere)).code, 4);
	t.match(await runTaskApi(['doctor'], nowhere), { code: 1, stdout: /^✘ endpoint[^]*\n- reading/ });
	const suggestions = await runTaskApi(['complete', '--', 'run', ''], nowhere);
	t.match(suggestions, { code: 0, stdout: /^:4\n$/ });
});

test('an invalid command line exits with 2', async (t) => {
	const folder = t.testdir({ 'broken.json': '{' });
	const nowhere = { TASK_API_URL: 'http://127.0.0.1:1' };
	const table: [commandLine: string[], message: RegExp][] = [
		[['lst'], /unknown command 'lst'\n\(Did you mean list\?\)/],
		[['get'], /missing required argument 'id'/],
		[['run', 'greeting', '--fast'], /unknown option '--fast'/],
		[['list', '--status', 'DONE'], /Allowed choices are PENDING, RUNNING/],
		[['list', '--limit', '0'], /Expected a whole number above 0/],
		[['run', 'x', '--tag', 'billing'], /Expected key:value/],
		[['run', 'x', '--data', '{'], /^--data is not JSON: /],
		[['run', 'x', '--data', '-'], /^stdin is not JSON: /],
		[['run', 'x', '--data', join(folder, 'broken.json')], /broken\.json is not JSON: /],
		[['run', 'x', '--data', join(folder, 'missing.json')], /^--data: cannot read .*missing\.json/],
		[['run', 'x', '--approve'], /^--approve requires --wait\.\n$/],
		[['completion', 'powerhell'], /Allowed choices are/],
	];
	for (const [commandLine, message] of table) {
		const { code, stdout, stderr } = await runTaskApi(commandLine, nowhere);
		t.equal(code, 2, commandLine.join(' '));
		t.match(stderr, message);
		t.equal(stdout, '');
	}
	t.match(await runTaskApi(['logs', 'x', '--stage', 'dve'], nowhere), {
		code: 1,
		stderr: /Unknown stage "dve"/,
	});
});
