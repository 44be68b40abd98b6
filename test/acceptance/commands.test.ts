import { test } from 'tap';
import { exitCode, runProgram, startChildStack, takenPort } from '../support/child-stack.ts';

test('npm start', async (t) => {
	await t.test('a port in use prints one line and exits with 1', async (t) => {
		const port = await takenPort(t);
		const { process, output } = runProgram('src/local/start.ts', [], { PORT: String(port) });
		t.equal(await exitCode(process), 1);
		t.equal(output(), `Port ${port} is in use. Choose another with PORT.\n`);
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
	await t.test('follows a task on a running stack', async (t) => {
		const stack = await startChildStack(t, { PORT: '0' });
		const { process, output } = runProgram('src/local/demo.ts', ['--url', stack.url], {});
		t.equal(await exitCode(process), 0, output());
		t.match(output(), /PENDING[^]*SUCCEEDED[^]*"message": "Hello Ada"/);
	});

	await t.test('runs the approval of a release', async (t) => {
		const stack = await startChildStack(t, { PORT: '0' });
		const { process, output } = runProgram('src/local/demo.ts', ['release', '--yes', '--url', stack.url], {});
		t.equal(await exitCode(process), 0, output());
		t.match(output(), /RUNNING[^]*waits[^]*DEMO-1[^]*answered[^]*success: 200[^]*SUCCEEDED/);
		t.match(output(), /SUCCEEDED  AwaitApproval\n[^]*"result_url"/);
	});

	await t.test('an unknown demo or option prints an error and exits with 1', async (t) => {
		for (const commandLine of [['opera'], ['release', 'twice'], ['--fast']]) {
			const { process, output } = runProgram('src/local/demo.ts', commandLine, {});
			t.equal(await exitCode(process), 1);
			t.match(output(), /There is no scene|Unknown option/);
			t.notMatch(output(), /\n {4}at /);
		}
	});

	await t.test('starts a stack if none is running', async (t) => {
		const { process, output } = runProgram('src/local/demo.ts', [], { PORT: '1' });
		t.equal(await exitCode(process), 0, output());
		t.match(output(), /SUCCEEDED/);
	});

	await t.test('an unreachable stack prints one line and exits with 1', async (t) => {
		const { process, output } = runProgram('src/local/demo.ts', ['--url', 'http://127.0.0.1:1'], {});
		t.equal(await exitCode(process), 1);
		t.equal(output(), 'Nothing answers at http://127.0.0.1:1.\n');
	});
});
