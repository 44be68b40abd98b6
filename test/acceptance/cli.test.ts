import { chmod, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Test, test } from 'tap';
import { bootPackaged } from '../../src/local/start-stack.ts';
import { createClient } from '../support/client.ts';
import { createMovableClock } from '../support/movable-clock.ts';
import { pollUntil } from '../support/poll.ts';
import { createRecordingLog } from '../support/recording-log.ts';
import { runTaskApi } from '../support/run-task-api.ts';

async function boot(t: Test, auth: 'none' | 'jwt' = 'none') {
	const { log } = createRecordingLog();
	const stack = await bootPackaged({ port: 0, auth }, { log, clock: createMovableClock() });
	t.teardown(() => stack.close());
	const environment = { TASK_API_URL: stack.url };
	const { post, finished, request } = createClient(stack.url);
	const create = async (type: string, data: object): Promise<string> =>
		String((await post({ type, data })).body['task_id']);
	/** Resolves once the task waits for its approval. */
	const waiting = (id: string) =>
		pollUntil('the approval', async () => (await request('GET', `/v1/tasks/${id}`)).body['waiting_for']);
	return {
		stack,
		create,
		finished,
		waiting,
		taskApi: (...commandLine: string[]) => runTaskApi(commandLine, environment),
		environment,
	};
}

const ADA = { name: 'Ada' };
const releaseOf = (storyId: string) => ({
	story_id: storyId,
	package_ids: ['web-1'],
	environment: 'staging',
});

test('commands on a running stack', async (t) => {
	const { stack, create, finished, waiting, taskApi, environment } = await boot(t);

	await t.test('run takes data from the argument, a file and stdin', async (t) => {
		const inline = await taskApi('run', 'greeting', '--data', JSON.stringify(ADA), '--tag', 'team:billing');
		t.match(inline, { code: 0, stderr: '' });
		t.match(inline.stdout, /status +○ PENDING[^]*tag +team:billing[^]*task-api watch [0-9a-f-]{36}\n$/);

		const file = 'src/workflows/greeting/examples/ada.json';
		const fromFile = await taskApi('run', 'greeting', '--data', file, '--key', 'cli-1', '--json');
		const repeated = await taskApi('run', 'greeting', '--data', file, '--key', 'cli-1', '--json');
		t.match(fromFile.json(), { type: 'greeting', status: 'PENDING' });
		t.equal(repeated.json()['task_id'], fromFile.json()['task_id']);

		const commandLine = ['run', 'greeting', '--data', '-', '--wait', '--json'];
		const piped = await runTaskApi(commandLine, environment, { stdin: '{"name":"Bob"}' });
		t.match(piped.json(), { status: 'SUCCEEDED', result: { message: 'Hello Bob' } });
		t.equal(piped.code, 0);
	});

	await t.test('run --delay and --run-at start a task later, and list --scheduled shows it', async (t) => {
		const data = JSON.stringify(ADA);
		const delayed = await taskApi('run', 'greeting', '--data', data, '--delay', '3600');
		t.match(delayed, { code: 0, stdout: /status +○ PENDING[^]*starts at +\d{4}-/ });
		const later = await taskApi('run', 'greeting', '--data', data, '--run-at', '2026-02-30T00:00:00Z');
		t.match(later, { code: 3, stderr: /run_at/ });
		const listed = await taskApi('list', '--scheduled', '--json');
		t.match(JSON.parse(listed.stdout), [{ type: 'greeting', status: 'PENDING', run_at: String }]);
		t.equal(JSON.parse(listed.stdout).length, 1);
	});

	await t.test('run --wait shows the timeline and the result', async (t) => {
		const { code, stdout } = await taskApi('run', 'greeting', '--data', JSON.stringify(ADA), '--wait');
		t.equal(code, 0);
		t.match(stdout, /PENDING[^]*✔ Validate[^]*✔ NotifySuccess[^]*SUCCEEDED[^]*"message": "Hello Ada"/);
		t.notMatch(stdout, new RegExp(String.fromCharCode(27)), 'no colours in a pipe');
	});

	await t.test('run --wait exits with 1 if the task fails', async (t) => {
		const { code, stdout } = await taskApi('run', 'greeting', '--data', '{"name":" "}', '--wait');
		t.equal(code, 1);
		t.match(stdout, /✘ Validate[^]*FAILED[^]*ValidationError: The name is only white space\.\n$/);
	});

	await t.test('run --wait --approve approves the task', async (t) => {
		const data = JSON.stringify(releaseOf('CLI-1'));
		const { code, stdout } = await taskApi('run', 'release', '--data', data, '--wait', '--approve', '--json');
		t.equal(code, 0);
		t.match(JSON.parse(stdout), { result: { approval: { message: /task-api run --approve/ } } });
	});

	await t.test('get, events and logs explain a task', async (t) => {
		const id = await create('greeting', ADA);
		await finished(id);
		const got = await taskApi('get', id);
		t.match(
			got.stdout,
			/^id +[0-9a-f-]{36}\ntype +greeting\nstatus +✔ SUCCEEDED\n[^]*"message": "Hello Ada"/,
		);
		t.match((await taskApi('get', id, '--json')).json(), { task_id: id, status: 'SUCCEEDED' });
		t.match((await taskApi('events', id)).stdout, /^✔ Validate +.*\n✔ Process +.*\n✔ NotifySuccess +.*\n$/);
		t.match((await taskApi('events', id, '--json')).json(), [{ state: 'Validate' }, {}, {}]);
		const lines = (await taskApi('logs', id)).stdout;
		t.match(lines, /starter +execution started[^]*listener +status applied/);
		t.notMatch(lines, /function_request_id|xray_trace_id/);
		t.match((await taskApi('logs', id, '--json')).json(), [{ level: 'INFO', fields: { task_id: id } }]);
		const none = await taskApi('logs', '01932f4e-6f00-7000-8000-000000000001');
		t.match(none, { code: 0, stdout: /^No log lines about task/ });
	});

	await t.test('list filters', async (t) => {
		const ids = await Promise.all([create('order', {}), create('greeting', ADA), create('greeting', ADA)]);
		await finished(ids[1]);
		await finished(ids[2]);
		const listed = await taskApi('list', '--type', 'greeting', '--status', 'SUCCEEDED', '--limit', '2');
		t.match(listed.stdout, /^(\S{36} {2}greeting {2}✔ SUCCEEDED {2}.* ago\n){2}$/);
		const tagged = await taskApi('list', '--tag', 'team:billing', '--json');
		t.match(tagged.json(), [{ tags: { team: 'billing' } }]);
		const later = await taskApi('list', '--created-after', '2099-01-01T00:00:00Z');
		t.match(later, { code: 0, stdout: 'No tasks match.\n' });
		const page = await taskApi('list', '--created-before', '2099-01-01T00:00:00Z', '--limit', '1', '--json');
		t.equal(Object(page.json()).length, 1);
	});

	await t.test('approve, reject and watch', async (t) => {
		const id = await create('release', releaseOf('CLI-2'));
		await waiting(id);
		t.match(await taskApi('approve', id, '--comment', 'Looks good.'), {
			code: 0,
			stdout: `Approved CLI-2 of task ${id}.\n`,
		});
		const watched = await taskApi('watch', id);
		t.match(watched, { code: 0, stdout: /SUCCEEDED[^]*"message": "Looks good\."/ });
		t.match(await taskApi('approve', id), {
			code: 3,
			stderr: `Task ${id} does not wait for an answer: it is SUCCEEDED.\n`,
		});

		const rejected = await create('release', releaseOf('CLI-3'));
		await waiting(rejected);
		const commandLine = ['reject', rejected, '--comment', 'Not this week.', '--wait', '--json'];
		const { code, stdout } = await runTaskApi(commandLine, {
			...environment,
			TASK_API_CALLBACK_TOKEN: 'local-callback-secret',
		});
		t.equal(code, 1);
		t.match(JSON.parse(stdout), { status: 'FAILED', error: { message: 'Not this week.' } });
	});

	await t.test('cancel, redrive and rerun', async (t) => {
		const id = await create('release', releaseOf('CLI-4'));
		await waiting(id);
		t.match(await taskApi('cancel', id, '--reason', 'Not needed.', '--wait'), {
			code: 0,
			stdout: /ABORTED[^]*Not needed\./,
		});
		t.match((await taskApi('redrive', id, '--json')).json(), { redrive_count: 1 });
		await waiting(id);
		t.match(await taskApi('approve', id, '--wait'), { code: 0, stdout: /SUCCEEDED/ });
		t.match(await taskApi('redrive', id), { code: 3, stderr: /^409 conflict: / });
		const rerun = await taskApi('rerun', id);
		t.match(rerun, { code: 0, stdout: new RegExp(`rerun of +${id}`) });
		const [, newId = ''] = /^id +(\S+)/.exec(rerun.stdout) ?? [];
		t.match(await taskApi('cancel', newId), { code: 0, stdout: /task-api watch/ });
	});

	await t.test('a wait ends with its time, or with Control-C; the task goes on', async (t) => {
		const id = await create('release', releaseOf('CLI-5'));
		await waiting(id);
		t.match(await taskApi('watch', id, '--timeout', '1'), {
			code: 5,
			stderr: `Task ${id} is still RUNNING after 1 s. It goes on: task-api watch ${id}\n`,
		});
		const interrupted = await runTaskApi(['watch', id], environment, {
			started: (child) => child.stdout?.once('data', () => child.kill('SIGINT')),
		});
		t.match(interrupted, { code: 130, stderr: /^Interrupted\. The task goes on/ });
		t.match((await taskApi('get', id, '--json')).json(), { status: 'RUNNING' });
		await taskApi('cancel', id);
	});

	await t.test('types lists the types and shows one', async (t) => {
		const { stdout } = await taskApi('types');
		t.match(stdout, /^greeting +1\.0 s +Greets a person/m);
		t.match((await taskApi('types', 'greeting')).stdout, /^greeting: Greets[^]*\ndata\n\{[^]*\nresult\n\{/);
		t.match((await taskApi('types', 'greeting', '--json')).json(), { expected_seconds: 1 });
		t.match(await taskApi('types', 'opera'), { code: 3, stderr: /^Unknown task type "opera"\. Known: gree/ });
	});

	await t.test('doctor checks the API, and a stage', async (t) => {
		const checked = await taskApi('doctor');
		t.match(checked, {
			code: 0,
			stdout: /^✔ endpoint .*\n✔ reading .*\n✔ greeting +task \S+ succeeded\n$/,
		});
		const aws = {
			AWS_ENDPOINT_URL: stack.awsEndpoint,
			AWS_ACCESS_KEY_ID: 'x',
			AWS_SECRET_ACCESS_KEY: 'x',
		};
		const stage = await runTaskApi(['doctor', '--stage', 'local', '--json'], aws);
		t.equal(stage.code, 0, stage.stdout);
		t.match(stage.json(), [{ check: 'credentials', outcome: 'ok' }]);
	});

	await t.test('open opens the console', async (t) => {
		const folder = t.testdir({ browser: '#!/bin/sh\nprintf %s "$1" > "$0.opened"\n' });
		const browser = join(folder, 'browser');
		await chmod(browser, 0o755);
		const opened = await runTaskApi(['open'], { ...environment, BROWSER: browser });
		t.match(opened, { code: 0, stdout: `${stack.url}/console\n` });
		const url = await pollUntil('the browser', () =>
			readFile(`${browser}.opened`, 'utf8').then(
				(text) => text || undefined,
				() => undefined,
			),
		);
		t.equal(url, `${stack.url}/console`);
		const missing = await runTaskApi(['open'], { ...environment, BROWSER: join(folder, 'none') });
		t.equal(missing.code, 0, 'without a browser the URL is printed');
	});

	await t.test('completion suggests ids and types of the stack', async (t) => {
		const { stdout } = await taskApi('complete', '--', 'run', '');
		t.match(stdout, /^greeting\tGreets a person/m);
		t.match((await taskApi('complete', '--', 'get', '')).stdout, /^[0-9a-f-]{36}\t\S+ [A-Z]+$/m);
	});

	await t.test('a rejected request prints its faults and exits with 3', async (t) => {
		const rejected = await taskApi('run', 'greeting');
		t.match(rejected, { code: 3, stdout: '' });
		t.match(rejected.stderr, /^422 validation: .*\nbody\.data\.name: Field required\nrequest id: \S+\n$/);
		const json = await taskApi('get', 'x', '--json');
		t.match(JSON.parse(json.stderr), {
			error: { status: 422, code: 'validation', errors: [{ loc: ['path', 'task_id'] }] },
		});
	});

	await t.test('a URL with a slash or with /v1 is accepted', async (t) => {
		for (const url of [`${stack.url}/`, `${stack.url}/v1`, `${stack.url}/v1/`])
			t.equal((await runTaskApi(['types', '--url', url], {})).code, 0, url);
	});

	await t.test('FORCE_COLOR and NO_COLOR decide over colours', async (t) => {
		const escape = String.fromCharCode(27);
		const forced = await runTaskApi(['list'], { ...environment, FORCE_COLOR: '1' });
		t.ok(forced.stdout.includes(`${escape}[`));
		const plain = await runTaskApi(['list'], { ...environment, NO_COLOR: '1' });
		t.notOk(plain.stdout.includes(escape));
	});
});

test('a stack that requires tokens', async (t) => {
	const { stack, taskApi, environment } = await boot(t, 'jwt');
	t.match(await taskApi('list'), { code: 3, stderr: /^401 unauthorized: .*\nSet --token or TASK_API_TOKEN/ });
	t.match(await taskApi('doctor'), {
		code: 1,
		stdout: /✔ endpoint[^]*✘ reading[^]*→ Give a token[^]*- greeting/,
	});
	const issued = await fetch(`${stack.url}/_local/tokens`, {
		method: 'POST',
		headers: { 'content-type': 'application/json' },
		body: JSON.stringify({ sub: 'ada', scope: 'tasks:read tasks:write' }),
	});
	const token = String(Object(await issued.json()).access_token);
	t.equal((await taskApi('list', '--token', token)).code, 0);
	const data = JSON.stringify(releaseOf('CLI-6'));
	const approved = await runTaskApi(['run', 'release', '--data', data, '--wait', '--approve', '--json'], {
		...environment,
		TASK_API_TOKEN: token,
	});
	t.match(approved.json(), {
		status: 'SUCCEEDED',
		result: { approval: { answered_by: { principal: 'ada' } } },
	});
});
