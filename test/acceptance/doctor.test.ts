import { PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { type Test, test } from 'tap';
import { bootPackaged } from '../../src/local/start-stack.ts';
import { createSystemClock } from '../../src/local-aws/clock.ts';
import { exitCode, runProgram } from '../support/child-stack.ts';
import { createRecordingLog } from '../support/recording-log.ts';

async function boot(t: Test, auth: 'none' | 'jwt') {
	const { log } = createRecordingLog();
	const stack = await bootPackaged({ port: 0, auth }, { log, clock: createSystemClock() });
	t.teardown(() => stack.close());
	return stack;
}

async function doctor(awsEndpoint: string, environment: Record<string, string> = {}) {
	const { process, output } = runProgram('src/deploy/doctor.ts', ['--stage', 'local'], {
		AWS_ENDPOINT_URL: awsEndpoint,
		AWS_ACCESS_KEY_ID: 'somebody',
		AWS_SECRET_ACCESS_KEY: 'x',
		...environment,
	});
	return { code: await exitCode(process), output: output() };
}

test('a healthy stage', async (t) => {
	const stack = await boot(t, 'none');
	const { code, output } = await doctor(stack.awsEndpoint);
	t.equal(code, 0, output);
	t.match(output, /^✔ credentials +arn:aws:iam::000000000000:user\/somebody\n✔ parameters /);
	t.match(output, /✔ greeting +\S+ SUCCEEDED .*Hello Doctor/);

	await t.test('an optional secret without a value is named and does not fail the stage', async (t) => {
		const SecretId = Object.values(stack.outputs).find((value) => value.includes(':secret:'));
		const secrets = new SecretsManagerClient({
			endpoint: stack.awsEndpoint,
			region: stack.region,
			credentials: { accessKeyId: 'x', secretAccessKey: 'x' },
		});
		await secrets.send(new PutSecretValueCommand({ SecretId, SecretString: 'not-set' }));
		const unset = await doctor(stack.awsEndpoint);
		t.equal(unset.code, 0);
		t.match(
			unset.output,
			/✔ secrets +\d+ set; not set, so their service is skipped: arn:aws:secretsmanager:/,
		);
	});
});

test('a stage with a JWT authorizer', async (t) => {
	const stack = await boot(t, 'jwt');
	const { code, output } = await doctor(stack.awsEndpoint);
	t.equal(code, 1);
	t.match(output, /✔ endpoint [^]*✘ greeting +POST \/v1\/tasks returned 401[^]*→ .*TASK_API_TOKEN/);
	const issued = await fetch(`${stack.url}/_local/tokens`, {
		method: 'POST',
		headers: { 'content-type': 'application/json' },
		body: JSON.stringify({ sub: 'doctor', scope: 'tasks:read tasks:write' }),
	});
	const { access_token: token } = Object(await issued.json());
	t.equal((await doctor(stack.awsEndpoint, { TASK_API_TOKEN: String(token) })).code, 0);
});

test('without credentials, the checks that depend on them are skipped', async (t) => {
	const { code, output } = await doctor('http://127.0.0.1:1');
	t.equal(code, 1);
	t.match(
		output,
		/^✘ credentials [^]*→ Log in[^]*- parameters +fix credentials first[^]*- greeting +fix endpoint first\n$/,
	);
});

test('--help, and an invalid stage name', async (t) => {
	const run = async (...commandLine: string[]) => {
		const { process, output } = runProgram('src/deploy/doctor.ts', commandLine, {});
		return { code: await exitCode(process), output: output() };
	};
	t.match(await run('--help'), { code: 0, output: /npm run doctor -- --stage/ });
	t.match(await run(), { code: 1, output: /npm run doctor -- --stage/ });
	t.match(await run('--stage', 'qa'), { code: 1, output: /^Unknown stage "qa"/ });
});
