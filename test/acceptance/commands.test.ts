import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { test } from 'tap';
import { exitCode, runProgram, startChildStack, takenPort } from '../support/child-stack.ts';
import { pollUntil } from '../support/poll.ts';

test('npm start', async (t) => {
	await t.test('a port in use prints one line and exits with 1', async (t) => {
		const port = await takenPort(t);
		const { process, output } = runProgram('src/local/start.ts', [], { PORT: String(port) });
		t.equal(await exitCode(process), 1);
		t.match(output(), new RegExp(`^.* checking .*\nPort ${port} is in use. Choose another with PORT.\n$`));
	});

	await t.test(
		'an unusable data folder prints one line and exits with 1, before anything is built',
		async (t) => {
			const { process, output } = runProgram('src/local/start.ts', [], { PORT: '0', DATA_DIR: '/proc/data' });
			t.equal(await exitCode(process), 1);
			t.match(output(), /^.* checking .*\nDATA_DIR: The data folder \/proc\/data is not writable: .*\n$/);
		},
	);

	await t.test('prints each phase, and ends with the addresses and a request to try', async (t) => {
		const stack = await startChildStack(t, { PORT: '0' });
		const printed = await pollUntil(
			'a request to try',
			() => /\n {2}Try +(.*)\n/.exec(stack.output()) ?? undefined,
		);
		const before = stack.output().slice(0, printed.index);
		t.match(before, /checking[^]*bundling[^]*packaging[^]*booting[^]*ready/);
		t.match(
			before,
			new RegExp(`Console +${stack.url}/console\n +API +${stack.url}/v1\n +Docs +${stack.url}/v1/docs$`),
		);
		t.notMatch(before, /ApiLambdaFunction/);
		const { stdout } = await promisify(execFile)('bash', ['-c', printed[1] ?? '']);
		t.match(JSON.parse(stdout), { status: 'SUCCEEDED', result: { message: 'Hello Ada' } });
		const lines = stack
			.output()
			.slice(before.length)
			.split('\n')
			.filter((line) => line.startsWith('{'));
		const taskId = Object(JSON.parse(stdout)).task_id;
		t.match(
			lines.map((line) => Object(JSON.parse(line))).find((line) => line.task_id === taskId),
			{ timestamp: String, level: 'INFO', function: String, message: String },
			'a log line is JSON, since the output is no terminal',
		);
	});

	await t.test('--verbose adds the endpoint of the local AWS and the resources', async (t) => {
		const stack = await startChildStack(t, { PORT: '0' }, undefined, ['--verbose']);
		t.match(stack.output(), /AWS +http:\/\/127\.0\.0\.1:\d+ [^]*functions +ApiLambdaFunction/);
	});

	await t.test('an invalid setting prints one line and exits with 1', async (t) => {
		const { process, output } = runProgram('src/local/start.ts', [], { AUTH: 'maybe' });
		t.equal(await exitCode(process), 1);
		t.equal(output(), 'AUTH must be none or jwt, got "maybe".\n');
	});

	await t.test('--help lists the settings', async (t) => {
		const { process, output } = runProgram('src/local/start.ts', ['--help'], {});
		t.equal(await exitCode(process), 0);
		t.match(output(), /DATA_DIR/);
	});
});

test('npm run demo', async (t) => {
	await t.test('follows a task, then a release with its approval, on a running stack', async (t) => {
		const stack = await startChildStack(t, { PORT: '0' });
		const greeting = runProgram('src/local/demo.ts', ['--url', stack.url], {});
		t.equal(await exitCode(greeting.process), 0, greeting.output());
		t.match(greeting.output(), /PENDING[^]*NotifySuccess[^]*SUCCEEDED[^]*"message": "Hello Ada"/);
		const release = runProgram('src/local/demo.ts', ['release', '--url', stack.url], {});
		const link = await pollUntil(
			'the link',
			async () => /Approve or reject: (http:\S+)\n/.exec(release.output())?.[1],
		);
		const form = new URLSearchParams({ decision: 'approve', name: 'Grace' });
		t.equal((await fetch(link, { method: 'POST', body: form })).status, 200);
		t.equal(await exitCode(release.process), 0, release.output());
		t.match(release.output(), /RUNNING[^]*waits for PROJ-123[^]*SUCCEEDED[^]*"name": "Grace"/);
	});

	await t.test('an unknown scene or option prints an error and exits with 1', async (t) => {
		for (const commandLine of [['opera'], ['release', 'twice'], ['--fast']]) {
			const { process, output } = runProgram('src/local/demo.ts', commandLine, {});
			t.equal(await exitCode(process), 1);
			t.match(output(), /Unknown scene|Unknown option/);
			t.notMatch(output(), /\n {4}at /);
		}
	});

	await t.test('starts a stack if none is running', async (t) => {
		const { process, output } = runProgram('src/local/demo.ts', [], { PORT: '1' });
		t.equal(await exitCode(process), 0, output());
		t.match(output(), /SUCCEEDED/);
	});

	await t.test('an unreachable stack prints what to do and exits with 4', async (t) => {
		const { process, output } = runProgram('src/local/demo.ts', ['--url', 'http://127.0.0.1:1'], {});
		t.equal(await exitCode(process), 4);
		t.match(
			output(),
			/^http:\/\/127.0.0.1:1 does not respond: .*\nStart the local stack with `npm start`.*\n$/,
		);
	});
});
